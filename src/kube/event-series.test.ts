import { it as base, describe, expect } from "vitest";
import { type Series, SeriesCache } from "./event-series.ts";

const it = base.extend("cache", () => new SeriesCache());
const series = (lastSeen: number): Series => ({ key: { name: "a" }, count: 1, lastSeen, writePending: false });
const MINUTE = 60_000;

describe("SeriesCache", () => {
  it("ends a series ten minutes after its last repeat", ({ cache }) => {
    const first = series(1_000);
    cache.set("a", first);
    expect(cache.find("a", 1_000 + 10 * MINUTE - 1)).toBe(first);
    expect(cache.find("a", 1_000 + 10 * MINUTE)).toBeUndefined();
  });

  it("drops the least recently used series above 4096, and no other", ({ cache }) => {
    for (let index = 0; index < 4096; index++) cache.set(`${index}`, series(0));
    cache.set("0", series(0));
    expect(cache.find("1", 0)).toBeDefined();
    cache.set("new", series(0));
    expect([cache.find("1", 0), cache.find("0", 0), cache.find("2", 0)]).toEqual([undefined, series(0), series(0)]);
  });

  it("starts a new series after a deletion", ({ cache }) => {
    cache.set("a", series(0));
    cache.delete("a");
    expect(cache.find("a", 0)).toBeUndefined();
  });
});
