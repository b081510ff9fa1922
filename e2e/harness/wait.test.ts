import assert from "node:assert/strict";
import { describe, expect, it } from "vitest";
import { waitUntil } from "./wait.ts";

const QUICK = { timeoutMs: 50, intervalMs: 1 } as const;

describe("waitUntil", () => {
  it("returns the first value that is truthy", async () => {
    let checks = 0;
    expect(await waitUntil("three checks", () => ++checks === 3 && "done", QUICK)).toBe("done");
    expect(checks).toBe(3);
  });

  it("returns the first value that `until` accepts, also a falsy one", async () => {
    const values = [2, 1, 0];
    expect(await waitUntil("zero", () => values.shift(), { ...QUICK, until: (value) => value === 0 })).toBe(0);
    expect(values).toEqual([]);
  });

  it("checks again after an error", async () => {
    let checks = 0;
    const check = async () => {
      if (++checks < 3) throw new Error("connection refused");
      return true;
    };
    expect(await waitUntil("the server answers", check, QUICK)).toBe(true);
  });

  it("names the last value at the time limit", async () => {
    const check = () => ({ ready: false });
    await expect(waitUntil("it is ready", check, { ...QUICK, until: ({ ready }) => ready })).rejects.toThrow(
      "gave up after 50 ms waiting until it is ready; last seen: { ready: false }",
    );
  });

  it("names the last error at the time limit", async () => {
    const check = () => Promise.reject(new Error("connection refused"));
    await expect(waitUntil("the server answers", check, QUICK)).rejects.toThrow(
      "gave up after 50 ms waiting until the server answers; last seen: connection refused",
    );
  });

  it.each([
    ["expect", () => expect([1]).toEqual([2])],
    ["expect with a message", () => expect(1, "one").toBe(2)],
    ["expect.fail", () => expect.fail("always")],
    ["an asynchronous expect", async () => await expect(Promise.resolve(1)).resolves.toBe(2)],
    ["node:assert", () => assert.equal(1, 2)],
  ])("rethrows a failed assertion of the check at once: %s", async (_, fail) => {
    let checks = 0;
    const check = async () => {
      checks += 1;
      await fail();
      return true;
    };
    await expect(waitUntil("never", check, { timeoutMs: 60_000 })).rejects.toHaveProperty("name", "AssertionError");
    expect(checks).toBe(1);
  });

  it("rethrows a failed assertion of `until`", async () => {
    const until = (value: number): boolean => {
      expect(value).toBe(2);
      return true;
    };
    await expect(waitUntil("two", () => 1, { ...QUICK, until })).rejects.toHaveProperty("name", "AssertionError");
  });
});
