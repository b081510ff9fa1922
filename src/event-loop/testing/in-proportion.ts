import { expect } from "vitest";
import { measureTurns, type Turns } from "./measure-turns.ts";

/** Milliseconds that the event loop may stand still. */
const LONGEST_MS = 200;
/** What ten times as many may cost, in proportion. */
const FACTOR = 1.3;
/** Many need more of the caches, and a collection of garbage. */
const MORE_MS = 60;

/** Operations on `count` of something, in their order. The setup of each belongs to the one before, or is outside. */
export type Walk = (count: number, measure: Measure) => Promise<void>;
export type Measure = (operation: string, work: () => unknown) => Promise<void>;

/** A machine that is busy makes the same work take up to twice its CPU time: the least of some runs counts. */
const RUNS = 4;

/**
 * Walks through all operations with `size` and with ten times as many. Fails if one of them costs more than in
 * proportion, or blocks the event loop.
 */
export async function expectInProportion(size: number, walk: Walk): Promise<void> {
  // Compiles the code.
  await costsOf(20, walk);
  const [few, many] = [new Map<string, Turns>(), new Map<string, Turns>()];
  let problems: readonly string[] = [];
  for (let run = 0; run < RUNS && (run === 0 || problems.length > 0); run++) {
    keepLeast(few, await costsOf(size, walk));
    keepLeast(many, await costsOf(10 * size, walk));
    problems = findProblems(few, many);
  }
  expect(problems).toEqual([]);
}

function findProblems(few: ReadonlyMap<string, Turns>, many: ReadonlyMap<string, Turns>): readonly string[] {
  return [...many].flatMap(([operation, { totalMs, longestMs }]) => {
    const allowed = FACTOR * 10 * (few.get(operation)?.totalMs ?? 0) + MORE_MS;
    return [
      ...(longestMs > LONGEST_MS ? [`${operation}: one turn of ${longestMs} ms`] : []),
      ...(totalMs > allowed ? [`${operation}: ${totalMs} ms, in proportion ${allowed} ms`] : []),
    ];
  });
}

function keepLeast(least: Map<string, Turns>, costs: ReadonlyMap<string, Turns>): void {
  for (const [operation, { totalMs, longestMs }] of costs) {
    const known = least.get(operation) ?? { totalMs, longestMs };
    least.set(operation, {
      totalMs: Math.min(known.totalMs, totalMs),
      longestMs: Math.min(known.longestMs, longestMs),
    });
  }
}

async function costsOf(count: number, walk: Walk): Promise<ReadonlyMap<string, Turns>> {
  const costs = new Map<string, Turns>();
  await walk(count, async (operation, work) => {
    const cost = await measureTurns(async () => void (await work()));
    costs.set(operation, cost);
  });
  return costs;
}
