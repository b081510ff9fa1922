import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { forEachLimited } from "./for-each.ts";

describe("forEachLimited", () => {
  it("does the work for every item once, at most as many at a time as the limit", async () => {
    const done: number[] = [];
    let [running, most] = [0, 0];
    await forEachLimited([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await setImmediate();
      running -= 1;
      done.push(item);
    });
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it("begins no further item after a failure, and throws it when those in progress have ended", async () => {
    const [begun, ended]: [string[], string[]] = [[], []];
    const work = async (item: string) => {
      begun.push(item);
      await setImmediate();
      if (item === "bad") throw new Error("failed");
      await setImmediate();
      ended.push(item);
    };
    await expect(forEachLimited(["bad", "good", "later", "last"], 2, work)).rejects.toThrow("failed");
    expect(begun).toEqual(["bad", "good"]);
    expect(ended).toEqual(["good"]);
  });

  it("throws a failure of the value undefined, too", async () => {
    await expect(forEachLimited([1], 1, () => Promise.reject(undefined))).rejects.toBeUndefined();
  });
});
