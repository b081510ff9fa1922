import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A point where the operator can be killed. */
export interface Failpoint {
  /** The step of the journey in which it is reached. */
  readonly step: string;
  /**
   * The effect and its call site: `git push @ storage/git/push/push.ts push < storage/git/push/batch-runner.ts
   * #attempt`.
   */
  readonly site: string;
  readonly moment: "before" | "after";
}

/** A failpoint that the operator has passed. */
export interface Passed extends Failpoint {
  readonly journey: string;
  /** `line:column` in the bundle of every frame of the stack, innermost first. */
  readonly places: readonly string[];
}

/** Stands for a journey: the operator's own work. */
export const OPERATOR = "operator";
/** Stands for a step: while the operator holds its Lease. */
export const LEAD = "lead";

/** A folder through which the test and the operator communicate across kills. */
export interface FailpointFolder {
  /** Called by the test: what the operator does during a journey. */
  arm(journey: string, order: Order): void;
  /** Undefined: no such journey. */
  order(journey: string): Order | undefined;
  /** Called by the operator right before it kills itself. */
  hit(journey: string, failpoint: Failpoint): void;
  hits(): readonly (Failpoint & { readonly journey: string })[];
  pass(passed: Passed): void;
  passed(): readonly Passed[];
}

export interface Order {
  /** The journey's current step. */
  readonly step: string;
  /** Where the operator kills itself, once at each. */
  readonly kills: readonly Failpoint[];
  /** Whether passed failpoints are recorded. */
  readonly record: boolean;
}

export function sameFailpoint(one: Failpoint, other: Failpoint): boolean {
  return one.step === other.step && one.site === other.site && one.moment === other.moment;
}

export function openFailpoints(dir: string): FailpointFolder {
  const [hitsFile, passedFile] = [join(dir, "hits.jsonl"), join(dir, "passed.jsonl")];
  return {
    arm: (journey, order) => {
      const file = join(dir, `${journey}.json`);
      writeFileSync(`${file}.new`, JSON.stringify(order));
      renameSync(`${file}.new`, file);
    },
    order: (journey) => readLines<Order>(join(dir, `${journey}.json`))[0],
    hit: (journey, failpoint) => appendFileSync(hitsFile, `${JSON.stringify({ journey, ...failpoint })}\n`),
    hits: () => readLines(hitsFile),
    pass: (passed) => appendFileSync(passedFile, `${JSON.stringify(passed)}\n`),
    passed: () => readLines(passedFile),
  };
}

function readLines<T>(file: string): readonly T[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  // The last line may be incomplete.
  const lines = text.split("\n").filter((line) => line.endsWith("}"));
  return lines.map((line) => JSON.parse(line) as T);
}
