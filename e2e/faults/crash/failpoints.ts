import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A point where the operator can be killed. */
export interface Failpoint {
  /** The step of the journey that leads there. */
  readonly step: string;
  /** The effect and its call site: `git push @ storage/git/push/push.ts push < storage/git/push/batch-runner.ts #attempt`. */
  readonly site: string;
  readonly moment: "before" | "after";
}

/** A failpoint that the operator passed. */
export interface Passed extends Failpoint {
  readonly journey: string;
  /** `line:column` in the bundle of everything that leads there, from the effect outwards. */
  readonly places: readonly string[];
}

/** In place of a journey: what the operator does for itself. */
export const OPERATOR = "operator";
/** In place of a step: while the operator leads. */
export const LEAD = "lead";

/** What the test and the operator tell each other in a folder, so that they understand each other across kills. */
export interface FailpointFolder {
  /** The test's: what is to happen while a journey goes on. */
  arm(journey: string, order: Order): void;
  /** Undefined: no such journey. */
  order(journey: string): Order | undefined;
  /** The operator's: it goes by its own will now. */
  hit(journey: string, failpoint: Failpoint): void;
  hits(): readonly (Failpoint & { readonly journey: string })[];
  pass(passed: Passed): void;
  passed(): readonly Passed[];
}

export interface Order {
  /** Where the journey is. */
  readonly step: string;
  /** Where the operator is to be killed as soon as it gets there: once at each. */
  readonly kills: readonly Failpoint[];
  /** What is passed is to be written down. */
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
  // The last one may be half written.
  const lines = text.split("\n").filter((line) => line.endsWith("}"));
  return lines.map((line) => JSON.parse(line) as T);
}
