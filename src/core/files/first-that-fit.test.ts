import { describe, expect, it } from "vitest";
import { firstThatFit } from "./first-that-fit.ts";

/** An entry that takes so many bytes in the API server's store: its key, its value, four quotes, a colon, a comma. */
const entry = (bytes: number) => ({ path: "x".repeat(bytes - "path".length - 6) });

const firstFifty = (all: Parameters<typeof firstThatFit>[0]) => firstThatFit(all, 50);

describe("firstThatFit", () => {
  it("is the whole list if it is short", () => {
    const all = [entry(20), { path: "a", line: 7 }];
    expect(firstFifty(all)).toEqual(all);
    expect(firstFifty([])).toEqual([]);
  });

  it("has as many entries as asked for at most", () => {
    const all = Array.from({ length: 51 }, (_, line) => ({ line }));
    expect(firstFifty(all)).toEqual(all.slice(0, 50));
  });

  it("ends before the entry that exceeds 17 KiB, whatever follows", () => {
    const all = [entry(9 * 1024), entry(8 * 1024)];
    expect(firstFifty(all)).toEqual(all);
    expect(firstFifty([...all, { path: "a" }])).toEqual(all);
    expect(firstFifty([entry(9 * 1024), entry(8 * 1024 + 1), { path: "a" }])).toEqual(all.slice(0, 1));
    expect(firstFifty([entry(17 * 1024 + 1)])).toEqual([]);
  });

  it("counts characters that the API server escapes, and numbers as their digits", () => {
    const escaped = { path: "<".repeat(4 * 1024) };
    expect(firstFifty([escaped])).toEqual([]);
    const filled = entry(17 * 1024 - "line".length - 6 - 3);
    expect([firstFifty([filled, { line: 100 }]).length, firstFifty([filled, { line: 1000 }]).length]).toEqual([2, 1]);
  });
});
