import { describe, expect, it } from "vitest";
import { forEachInTurns, takeTurns } from "./turns.ts";

/** Milliseconds of work in a row that the tests tell from a turn. */
const LONG_MS = 100;

function workFor(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

/** Counts the event loop's turns until `work` has settled. */
async function countTurns(work: () => Promise<void>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isDone = true;
  return turns;
}

describe("turns of the event loop", () => {
  it("end a row of promises that would not end by itself", async () => {
    const turns = await countTurns(async () => {
      for (const until = performance.now() + LONG_MS; performance.now() < until; ) await takeTurns();
    });
    expect(turns).toBeGreaterThan(2);
  });

  it("end a loop without promises", async () => {
    const seen: number[] = [];
    const items = Array.from({ length: 50 }, (_, at) => at);
    const turns = await countTurns(async () => {
      await forEachInTurns(items, (one) => {
        workFor(LONG_MS / items.length);
        seen.push(one);
      });
    });
    expect(turns).toBeGreaterThan(2);
    expect(seen).toEqual(items);
  });

  it("are shared by all that wait for one", async () => {
    workFor(LONG_MS);
    const turns = await countTurns(async () => {
      await Promise.all(Array.from({ length: 50 }, async () => await takeTurns()));
    });
    expect(turns).toBeLessThan(5);
  });
});
