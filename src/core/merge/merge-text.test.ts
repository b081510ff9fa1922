import fc from "fast-check";
import { diff3Merge } from "node-diff3";
import { describe, expect, it } from "vitest";
import { TextMerger } from "./merge-text.ts";

const lines = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => `${line(at)}\n`).join("");

/** True if the lines that both have are in one order. */
function isAscending(base: readonly string[], text: readonly string[]): boolean {
  const places = text.map((line) => base.indexOf(line)).filter((at) => at !== -1);
  return places.every((at, index) => index === 0 || at > (places[index - 1] ?? 0));
}

describe("TextMerger", () => {
  it("merges changes that do not touch each other", () => {
    const texts = { base: "a\nb\nc\nd\n", upstream: "A\nb\nc\nd\n", local: "a\nb\nc\nD\nE" };
    expect(new TextMerger().merge(texts)).toEqual({ text: "A\nb\nc\nD\nE", conflicts: [] });
  });

  it("keeps the local lines of a conflict, and tells where they are", () => {
    const texts = { base: "a\nb\nc\nd\n", upstream: "x\na\nb\nU\nd\n", local: "a\nb\nL\nL\nd\n" };
    expect(new TextMerger().merge(texts)).toEqual({
      text: "x\na\nb\nL\nL\nd\n",
      conflicts: [{ line: 4, values: { base: "c\n", upstream: "U\n", local: "L\nL\n" } }],
    });
  });

  it("has a conflict if lines are removed on one side and changed on the other", () => {
    const merged = new TextMerger().merge({ base: "a\nb\nc\n", upstream: "a\nc\n", local: "a\nB\nc\n" });
    expect(merged?.conflicts).toEqual([{ line: 2, values: { base: "b\n", upstream: "", local: "B\n" } }]);
  });

  it("is not slow where lines are repeated", () => {
    const base = lines(10_000, () => "x");
    const merged = new TextMerger().merge({ base, upstream: `up\n${base}`, local: `${base}own\n` });
    expect(merged).toEqual({ text: `up\n${base}own\n`, conflicts: [] });
  });

  it("merges a text of more lines than a call takes arguments", () => {
    const base = lines(19_000, (at) => `line ${at}`);
    const merged = new TextMerger().merge({ base, upstream: `up\n${base}`, local: `${base}own\n` });
    expect(merged?.text.length).toBe(base.length + "up\nown\n".length);
  });

  it("gives up on texts that are too long, or have too little in common", () => {
    const base = lines(20_001, (at) => `${at}`);
    expect(new TextMerger().merge({ base, upstream: "", local: base })).toBeUndefined();
    const other = (side: string) => lines(2_000, (at) => `${side}${at}`);
    const texts = { base: other("b"), upstream: other("u"), local: other("l") };
    expect(new TextMerger().merge(texts)).toBeUndefined();
  });

  it("gives up after many texts of one package", () => {
    const merger = new TextMerger();
    const base = lines(19_999, (at) => `${at}`);
    const texts = { base, upstream: `a\n${base}`, local: `${base}b\n` };
    for (let count = 0; count < 10; count++) expect(merger.merge(texts)).toBeDefined();
    expect(merger.merge(texts)).toBeUndefined();
  });

  it("agrees with a merge of the whole texts", () => {
    const text = fc
      .uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 8 })
      .map((all) => all.map((one) => `${one}\n`));
    fc.assert(
      fc.property(text, text, text, (base, upstream, local) => {
        const texts = { base: base.join(""), upstream: upstream.join(""), local: local.join("") };
        const whole = diff3Merge(local, base, upstream, {}) as { ok?: string[]; conflict?: { a: string[] } }[];
        const merged = new TextMerger().merge(texts);
        // Of several longest common parts, the two searches may take another one.
        fc.pre(isAscending(base, upstream) && isAscending(base, local));
        expect(merged?.text).toBe(whole.flatMap(({ ok, conflict }) => ok ?? conflict?.a ?? []).join(""));
        expect(merged?.conflicts.length).toBe(whole.filter(({ conflict }) => conflict !== undefined).length);
      }),
      { numRuns: 1000 },
    );
  });

  it("is symmetric, and takes what one side has changed", () => {
    const text = fc
      .array(fc.constantFrom("a\n", "b\n", "c\n", "\n"), { maxLength: 12 })
      .map((parts) => parts.join("").replace(/\n$/, ""));
    fc.assert(
      fc.property(text, text, text, (base, upstream, local) => {
        expect(new TextMerger().merge({ base, upstream, local: base })).toEqual({ text: upstream, conflicts: [] });
        expect(new TextMerger().merge({ base, upstream: base, local })).toEqual({ text: local, conflicts: [] });
        expect(new TextMerger().merge({ base, upstream, local: upstream })).toEqual({ text: upstream, conflicts: [] });
        const [one, other] = [
          new TextMerger().merge({ base, upstream, local }),
          new TextMerger().merge({ base, upstream: local, local: upstream }),
        ];
        const swapped = other?.conflicts.map(({ values: { base, upstream, local } }) => {
          return { base, upstream: local, local: upstream };
        });
        expect(one?.conflicts.map(({ values }) => values)).toEqual(swapped);
        if (swapped?.length === 0) expect(one).toEqual(other);
      }),
      { numRuns: 1000 },
    );
  });
});
