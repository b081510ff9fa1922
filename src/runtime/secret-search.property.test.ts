import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { SecretSearch } from "./secret-search.ts";

/** Of two letters, so that values overlap, repeat, and contain each other. */
const anyValue = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 4, maxLength: 80 });
const anyText = fc
  .array(fc.oneof(anyValue, fc.string({ unit: fc.constantFrom("a", "b", "é", "\u{1f511}"), maxLength: 20 })))
  .map((parts) => parts.join(""));
/** Values, and a text that has parts of them. */
const anyCase = fc.record({ values: fc.array(anyValue, { maxLength: 8 }), text: anyText }).chain(({ values, text }) =>
  fc.record({
    values: fc.constant(values),
    text: fc
      .shuffledSubarray(values)
      .chain((some) => fc.constantFrom("", "b", "-").map((between) => [...some, text, ...some].join(between))),
  }),
);

function searchFor(values: readonly string[]): SecretSearch {
  const search = new SecretSearch();
  for (const value of values) search.add(value);
  return search;
}

/** For each character of the text, whether it belongs to an occurrence of a value. */
function naiveMask(text: string, values: readonly string[]): readonly boolean[] {
  const mask = Array.from(text.split(""), () => false);
  for (const value of values) {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1))
      mask.fill(true, at, at + value.length);
  }
  return mask;
}

function maskOf(text: string, search: SecretSearch): readonly boolean[] {
  const mask = Array.from(text.split(""), () => false);
  for (const [from, to] of search.find(text)) mask.fill(true, from, to);
  return mask;
}

describe("SecretSearch", () => {
  it("finds every character of every occurrence, and of short values nothing else", () => {
    fc.assert(
      fc.property(anyCase, ({ values, text }) => {
        const naive = naiveMask(text, values);
        const found = maskOf(text, searchFor(values));
        expect(naive.map((is, at) => is && !(found[at] ?? false))).not.toContain(true);
        const short = values.filter((value) => value.length <= 32);
        expect(maskOf(text, searchFor(short))).toEqual(naiveMask(text, short));
      }),
    );
  });

  it("finds of a long value each piece of 32 that lies on its raster, and its end", () => {
    const value = Array.from({ length: 25 }, (_, at) => String.fromCodePoint(0x4e00 + at).repeat(4)).join("");
    const search = searchFor([value]);
    expect(search.find(`x${value}y`)).toEqual([[1, 101]]);
    expect(search.find(`x${value.slice(0, 95)}y`)).toEqual([[1, 65]]);
    expect(search.find(`x${value.slice(-32)}y`)).toEqual([[1, 33]]);
    expect(search.find(`x${value.slice(1, 32)}y`)).toEqual([]);
  });

  it("finds every part of a value of 64 KiB, and each 128 characters on its raster", () => {
    const value = Array.from({ length: 65_536 }, (_, at) => String.fromCharCode(0x4e00 + (at % 9973))).join("");
    const search = searchFor([value]);
    expect(search.find(`x${value}y`)).toEqual([[1, 65_537]]);
    expect(search.find(`x${value.slice(128, 256)}y`)).toEqual([[1, 129]]);
    expect(search.find(`x${value.slice(129, 256)}y`)).toEqual([]);
    search.remove(value);
    expect(search.find(value)).toEqual([]);
  });

  it("still finds a value that was added more often than a group counts", () => {
    const search = new SecretSearch();
    const values = Array.from({ length: 70_000 }, (_, at) => `same${String(at).padStart(6, "0")}`);
    for (const value of values) search.add(value);
    for (const value of values.slice(1)) search.remove(value);
    expect(search.find("a same000000 and same000001")).toEqual([[2, 12]]);
  });

  it("reports parts in order, apart from each other, and none that begins at the end or later", () => {
    fc.assert(
      fc.property(anyCase, fc.nat(100), ({ values, text }, end) => {
        const all = searchFor(values).find(text);
        for (const [at, [from, to]] of all.entries()) {
          expect(to).toBeGreaterThan(from);
          expect(from).toBeGreaterThan(all[at - 1]?.[1] ?? -1);
        }
        const some = searchFor(values).find(text, end);
        expect(some.map(([from]) => from)).toEqual(all.map(([from]) => from).filter((from) => from < end));
      }),
    );
  });

  it("finds a value until it was removed as often as it was added", () => {
    fc.assert(
      fc.property(anyCase, fc.array(anyValue, { maxLength: 8 }), ({ values, text }, others) => {
        const search = searchFor([...others, ...values, ...others]);
        for (const one of others) search.remove(one);
        expect(maskOf(text, search)).toEqual(maskOf(text, searchFor([...values, ...others])));
        for (const one of others) search.remove(one);
        expect(maskOf(text, search)).toEqual(maskOf(text, searchFor(values)));
        for (const one of values) search.remove(one);
        expect(search.find(text)).toEqual([]);
      }),
    );
  });
});

describe("SecretSearch's cost for a character of the text", () => {
  /** Look-ups of one search. */
  function lookUps(search: SecretSearch, text: string): number {
    const spies = [vi.spyOn(Map.prototype, "get"), vi.spyOn(Map.prototype, "has")];
    try {
      search.find(text);
      return spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  }
  const random = (seed: number, length: number) =>
    Array.from({ length }, (_, at) => ((Math.imul(seed * 977 + at, 2_654_435_761) >>> 7) % 36).toString(36)).join("");
  const text = "a b ".repeat(500) + "a".repeat(2_000);
  const cost = (values: readonly string[]) => lookUps(searchFor(values), text) / text.length;

  it("is less than a tenth of a look-up with 10 ordinary values, and less than two with 10,000", () => {
    const values = Array.from({ length: 10_000 }, (_, at) => random(at, 40));
    expect(cost(values.slice(0, 10))).toBeLessThan(0.1);
    expect(cost(values)).toBeLessThan(2);
  });

  it.each([
    ["each begins as the text does, at every length", (at: number) => "a".repeat(4 + (at % 28)) + random(at, 20)],
    ["are nested in each other", (at: number) => "a".repeat(4 + (at % 60))],
    ["are long, and differ at their end", (at: number) => "a".repeat(200) + random(at, 8)],
  ])("is at most 30 with 10,000 values that %s", (_, value) => {
    expect(cost(Array.from({ length: 10_000 }, (_unused, at) => value(at)))).toBeLessThanOrEqual(30);
  });

  it("is at most 30 for values of every length that all but occur", () => {
    const almost = Array.from({ length: 29 }, (_, at) => `${"a".repeat(at + 3)}z`);
    expect(cost(almost)).toBeGreaterThan(10);
    expect(cost(almost)).toBeLessThanOrEqual(30);
  });
});
