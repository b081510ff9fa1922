import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONTENTS_MODES, type ContentsMode } from "../../api/v1alpha1/repository-spec.ts";
import { type ContentsCandidate, planRetention, retainedByMode } from "./retention-plan.ts";

const MiB = 1024 * 1024;
const one = (name: string, more: Partial<ContentsCandidate> = {}): ContentsCandidate => ({
  name,
  size: 10,
  always: false,
  latest: false,
  time: 0,
  ...more,
});

/** Two packages, a and b, with two revisions each, and a draft of a. */
const CATALOG = [
  one("a.v1", { time: 1 }),
  one("a.v2", { time: 3, latest: true }),
  one("b.v1", { time: 4 }),
  one("b.v2", { time: 2, latest: true }),
  one("a.draft", { always: true }),
];

const candidates = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z]{1,3}$/),
    size: fc.oneof(fc.nat(40), fc.constant(9 * MiB)),
    always: fc.boolean(),
    latest: fc.boolean(),
    time: fc.nat(3),
  }),
  { selector: ({ name }) => name, maxLength: 20 },
);
const budget = fc.oneof(fc.nat(400), fc.nat(40 * MiB));
const mode = fc.constantFrom(...CONTENTS_MODES);

describe("planRetention", () => {
  it.each<[ContentsMode, number, readonly string[]]>([
    ["All", 0, ["a.draft", "a.v1", "a.v2", "b.v1", "b.v2"]],
    ["Latest", 0, ["a.draft", "a.v2", "b.v2"]],
    ["Drafts", 1000, ["a.draft"]],
    ["Auto", 0, ["a.draft"]],
    ["Auto", 19, ["a.draft"]],
    ["Auto", 20, ["a.draft", "a.v2"]],
    ["Auto", 30, ["a.draft", "a.v2", "b.v2"]],
    ["Auto", 40, ["a.draft", "a.v2", "b.v1", "b.v2"]],
    ["Auto", 50, ["a.draft", "a.v1", "a.v2", "b.v1", "b.v2"]],
  ])("keeps with mode %s and a budget of %i: %j", (mode, budget, names) => {
    const { kept, bytes } = planRetention(mode, budget, CATALOG);
    expect([...kept].sort()).toEqual(names);
    expect(bytes).toBe(names.length * 10);
  });

  it("keeps a large revision only after all others", () => {
    const all = [one("huge", { size: 30 * MiB, latest: true, time: 9 }), one("small", { size: MiB })];
    expect([...planRetention("Auto", 30 * MiB, all).kept]).toEqual(["small"]);
    expect([...planRetention("Auto", 31 * MiB, all).kept]).toEqual(["small", "huge"]);
  });

  it("counts a revision of 8 MiB as one of normal size", () => {
    const all = [one("exact", { size: 8 * MiB, latest: true }), one("small", { size: MiB })];
    expect([...planRetention("Auto", 8 * MiB, all).kept]).toEqual(["exact"]);
  });

  it("keeps all drafts, and exceeds the budget for nothing else", () => {
    fc.assert(
      fc.property(mode, budget, candidates, (mode, budget, all) => {
        const { kept, bytes } = planRetention(mode, budget, all);
        const always = all.filter((candidate) => candidate.always);
        expect(always.filter(({ name }) => !kept.has(name))).toEqual([]);
        const sizeOf = (some: readonly ContentsCandidate[]) => some.reduce((sum, { size }) => sum + size, 0);
        expect(bytes).toBe(sizeOf(all.filter(({ name }) => kept.has(name))));
        if (mode === "Auto") expect(bytes).toBeLessThanOrEqual(Math.max(budget, sizeOf(always)));
      }),
    );
  });

  it("does not depend on the order of candidates", () => {
    const shuffled = candidates.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(mode, budget, shuffled, (mode, budget, [all, other]) => {
        expect(planRetention(mode, budget, other).kept).toEqual(planRetention(mode, budget, all).kept);
      }),
    );
  });

  it("never keeps less with a larger budget", () => {
    fc.assert(
      fc.property(budget, fc.nat(10 * MiB), candidates, (budget, more, all) => {
        const { kept } = planRetention("Auto", budget + more, all);
        expect([...planRetention("Auto", budget, all).kept].filter((name) => !kept.has(name))).toEqual([]);
      }),
    );
  });

  it("prefers latest revisions to others of normal size", () => {
    fc.assert(
      fc.property(budget, candidates, (budget, all) => {
        const { kept } = planRetention("Auto", budget, all);
        const small = all.filter(({ size, always }) => size < MiB && !always);
        const left = small.some(({ name, latest }) => latest && !kept.has(name));
        expect(left && small.some(({ name, latest }) => !latest && kept.has(name))).toBe(false);
      }),
    );
  });
});

describe("retainedByMode", () => {
  it.each<[ContentsMode, boolean | undefined, boolean | undefined]>([
    ["All", true, true],
    ["Latest", true, false],
    ["Drafts", false, false],
    ["Auto", undefined, undefined],
  ])("keeps with mode %s the latest revision: %s, and others: %s", (mode, latest, other) => {
    expect([retainedByMode(mode, true), retainedByMode(mode, false)]).toEqual([latest, other]);
  });
});
