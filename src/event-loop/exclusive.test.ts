import { describe, expect, it } from "vitest";
import { Exclusive } from "./exclusive.ts";

describe("Exclusive", () => {
  it("ends one before the next begins, however long that takes, and after a failure", async () => {
    const exclusive = new Exclusive();
    const log: string[] = [];
    function* work(name: string, steps: number, fails = false): Generator<void, string> {
      for (let step = 0; step < steps; step++) {
        log.push(`${name}${step}`);
        const end = performance.now() + 15;
        while (performance.now() < end);
        yield;
      }
      if (fails) throw new Error(name);
      return name;
    }
    const results = await Promise.allSettled([
      exclusive.run(() => work("a", 3)),
      exclusive.run(() => work("b", 1, true)),
      exclusive.run(() => work("c", 2)),
    ]);
    expect(log).toEqual(["a0", "a1", "a2", "b0", "c0", "c1"]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });
});
