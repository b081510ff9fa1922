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

/**
 * Walks through all operations with `size` and with ten times as many. Fails if one of them costs more than in
 * proportion, or blocks the event loop.
 */
export async function expectInProportion(size: number, walk: Walk): Promise<void> {
  // Compiles the code.
  await costsOf(20, walk);
  const [few, many] = [await costsOf(size, walk), await costsOf(10 * size, walk)];
  for (const [operation, { totalMs, longestMs }] of many) {
    const allowed = FACTOR * 10 * (few.get(operation)?.totalMs ?? 0) + MORE_MS;
    expect(longestMs, `${operation}: longest turn`).toBeLessThanOrEqual(LONGEST_MS);
    expect(totalMs, `${operation}: cost`).toBeLessThanOrEqual(allowed);
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
