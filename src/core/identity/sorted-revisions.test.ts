import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seeded } from "../testing/seeded.ts";
import { compareRevisions } from "./revision.ts";
import { SortedRevisions } from "./sorted-revisions.ts";

const revision = fc.constantFrom("v0", "v1", "v1.0.0", "v1.2.0", "v1.10.0", "v2", "v10", "v9999999999999999");

describe("SortedRevisions", () => {
  it("answer as a sorted list of what was added and not deleted", () => {
    const steps = fc.array(fc.record({ what: fc.constantFrom("add", "add", "delete"), revision }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, revision, (all, asked) => {
        const sorted = new SortedRevisions();
        const set = new Set<string>();
        for (const { what, revision: one } of all) {
          sorted[what as "add" | "delete"](one);
          set[what as "add" | "delete"](one);
        }
        const expected = [...set].sort(compareRevisions);
        expect([...sorted]).toEqual(expected);
        expect([...sorted.newestFirst()]).toEqual(expected.toReversed());
        expect(sorted.size).toBe(expected.length);
        expect([sorted.oldest, sorted.latest]).toEqual([expected[0], expected.at(-1)]);
        expect(sorted.before(asked)).toBe(expected.filter((one) => compareRevisions(one, asked) < 0).at(-1));
      }),
      seeded(200),
    );
  });
});
