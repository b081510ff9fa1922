import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareThreeWay } from "./three-way.ts";

const side = (files: Readonly<Record<string, string>>) => new Map(Object.entries(files));
const state = fc
  .dictionary(fc.constantFrom("a", "b", "c", "d/e", "d/f"), fc.constantFrom("1", "2", "3"))
  .map((files) => side({ ...files }));

describe("compareThreeWay", () => {
  it.each([
    ["nothing", {}, {}, {}, { ours: [], theirs: [], same: [], conflicts: [] }],
    ["our edit", { a: "1" }, { a: "2" }, { a: "1" }, { ours: [{ path: "a", kind: "changed" }] }],
    ["our new file", {}, { a: "2" }, {}, { ours: [{ path: "a", kind: "added" }] }],
    ["our removal", { a: "1" }, {}, { a: "1" }, { ours: [{ path: "a", kind: "removed" }] }],
    ["their edit", { a: "1" }, { a: "1" }, { a: "2" }, { theirs: [{ path: "a", kind: "changed" }] }],
    ["the same edit", { a: "1" }, { a: "2" }, { a: "2" }, { same: ["a"], conflicts: [], ours: [], theirs: [] }],
    ["two edits", { a: "1" }, { a: "2" }, { a: "3" }, { conflicts: ["a"], ours: [], theirs: [] }],
    ["an edit of what they removed", { a: "1" }, { a: "2" }, {}, { conflicts: ["a"] }],
    ["a removal of what they edited", { a: "1" }, {}, { a: "2" }, { conflicts: ["a"] }],
    ["a file in the place of their folder", {}, { a: "1" }, { "a/b": "1" }, { conflicts: ["a"] }],
  ])("finds %s", (_, base, ours, theirs, expected) => {
    expect(compareThreeWay(side(base), side(ours), side(theirs))).toMatchObject(expected);
  });

  it("never loses a change of either side: each path is in the list of who changed it", () => {
    fc.assert(
      fc.property(state, state, state, (base, ours, theirs) => {
        const found = compareThreeWay(base, ours, theirs);
        const all = new Set([...base.keys(), ...ours.keys(), ...theirs.keys()]);
        for (const path of all) {
          const [mine, other] = [ours, theirs].map((one) => one.get(path) !== base.get(path));
          const isIn = (changes: readonly { readonly path: string }[]) => changes.some((one) => one.path === path);
          const lists = [
            isIn(found.ours),
            isIn(found.theirs),
            found.same.includes(path),
            found.conflicts.includes(path),
          ];
          expect(lists.filter(Boolean).length).toBe(mine || other ? 1 : 0);
          if (isIn(found.ours)) expect([mine, other]).toEqual([true, false]);
          if (isIn(found.theirs)) expect([mine, other]).toEqual([false, true]);
        }
      }),
    );
  });

  it("is the same for both sides, with the lists exchanged", () => {
    fc.assert(
      fc.property(state, state, state, (base, ours, theirs) => {
        const [one, other] = [compareThreeWay(base, ours, theirs), compareThreeWay(base, theirs, ours)];
        expect([one.ours, one.theirs, one.same, one.conflicts]).toEqual([
          other.theirs,
          other.ours,
          other.same,
          other.conflicts,
        ]);
      }),
    );
  });
});
