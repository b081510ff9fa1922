import { describe, expect, it } from "vitest";
import { firstThatFit } from "./first-that-fit.ts";

/** An entry that takes so many bytes in the API server's store: its key, its value, four quotes, a colon, a comma. */
const entry = (bytes: number) => ({ path: "x".repeat(bytes - "path".length - 6) });

describe("firstThatFit", () => {
  it("is the whole list if it is short", () => {
    const all = [entry(20), { path: "a", line: 7 }];
    expect(firstThatFit(all)).toEqual(all);
    expect(firstThatFit([])).toEqual([]);
  });

  it("has fifty entries at most", () => {
    const all = Array.from({ length: 51 }, (_, line) => ({ line }));
    expect(firstThatFit(all)).toEqual(all.slice(0, 50));
  });

  it("ends before the entry that exceeds 24 KiB, whatever follows", () => {
    const all = [entry(12 * 1024), entry(12 * 1024)];
    expect(firstThatFit(all)).toEqual(all);
    expect(firstThatFit([...all, { path: "a" }])).toEqual(all);
    expect(firstThatFit([entry(12 * 1024), entry(12 * 1024 + 1), { path: "a" }])).toEqual(all.slice(0, 1));
    expect(firstThatFit([entry(24 * 1024 + 1)])).toEqual([]);
  });

  it("counts characters that the API server escapes, and numbers as their digits", () => {
    const escaped = { path: "<".repeat(4 * 1024) };
    expect(firstThatFit([escaped])).toEqual([]);
    const filled = entry(24 * 1024 - "line".length - 6 - 3);
    expect([firstThatFit([filled, { line: 100 }]).length, firstThatFit([filled, { line: 1000 }]).length]).toEqual([
      2, 1,
    ]);
  });
});
