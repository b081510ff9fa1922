import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../kube/client/errors.ts";
import { forEachLimited, forEachUnlessRefused } from "./for-each.ts";

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

describe("forEachUnlessRefused", () => {
  const refusal = new ApiError({ code: 403, reason: "Forbidden", message: "quota" });

  it("does the work for the others, and returns what the API server refuses", async () => {
    const done: number[] = [];
    const refused = await forEachUnlessRefused([1, 2, 3], 1, async (item) => {
      if (item === 1) throw refusal;
      done.push(item);
    });
    expect(done).toEqual([2, 3]);
    expect(refused).toEqual([{ item: 1, error: refusal }]);
  });

  it("gives up a list of which all is refused", async () => {
    let tried = 0;
    const refused = await forEachUnlessRefused(Array.from({ length: 1000 }).keys(), 4, async () => {
      tried += 1;
      throw refusal;
    });
    expect(tried).toBeLessThan(30);
    expect(refused).toHaveLength(tried);
  });

  it("throws any other failure", async () => {
    const work = () => Promise.reject(new Error("a bug"));
    await expect(forEachUnlessRefused([1], 1, work)).rejects.toThrow("a bug");
  });
});
