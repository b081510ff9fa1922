import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Skipped, SkipReason } from "./classify-ref.ts";
import { countByReason, type SkippedGroup, SkippedRefs, selectSkipped } from "./skipped-refs.ts";

const skip = (ref: string, reason: SkipReason): Skipped => ({ kind: "skipped", ref, reason, message: "why" });
const namesOf = (groups: readonly SkippedGroup[], limit: number) =>
  selectSkipped(groups, limit).map(({ ref, reason }) => `${reason} ${ref.slice("refs/".length)}`);

function refsOf(...all: readonly Skipped[]): SkippedRefs {
  const refs = new SkippedRefs();
  for (const one of all) refs.add(one);
  return refs;
}

const branches = Array.from({ length: 30 }, (_, at) => skip(`refs/heads/b${at + 10}`, "NotADraft"));
const tags = [
  skip("refs/tags/web/v1", "NotVerified"),
  skip("refs/tags/odd", "NotARevision"),
  skip("refs/tags/a/v2", "FolderMissing"),
  skip("refs/tags/a/v1", "FolderMissing"),
];

describe("skipped refs", () => {
  it("name tags that are not verified, other tags by reason, and then branches", () => {
    expect(namesOf(refsOf(...branches, ...tags).groups(20), 7)).toEqual([
      "NotVerified tags/web/v1",
      "FolderMissing tags/a/v1",
      "FolderMissing tags/a/v2",
      "NotARevision tags/odd",
      "NotADraft heads/b10",
      "NotADraft heads/b11",
      "NotADraft heads/b12",
    ]);
  });

  it("name one of each reason, also where one reason alone would fill the list", () => {
    const many = Array.from({ length: 99 }, (_, at) => skip(`refs/tags/x${at}`, "FolderMissing"));
    const named = namesOf(refsOf(...branches, ...tags, ...many).groups(20), 20);
    expect(named).toHaveLength(20);
    expect(named.filter((one) => !one.startsWith("FolderMissing") && !one.startsWith("NotADraft"))).toEqual([
      "NotVerified tags/web/v1",
      "NotARevision tags/odd",
    ]);
    expect(named.filter((one) => one.startsWith("NotADraft"))).toHaveLength(9);
  });

  it("are counted by reason, whatever prefix is listed", () => {
    const groups = refsOf(...branches, ...tags, skip("refs/heads/x", "FolderMissing")).groups(20, "refs/tags/a/v1");
    expect([...countByReason(groups)]).toEqual([
      ["NotVerified", 1],
      ["FolderMissing", 3],
      ["NotARevision", 1],
      ["NotADraft", 30],
    ]);
    expect(namesOf(groups, 20)).toEqual(["FolderMissing tags/a/v1"]);
  });

  it("begin anywhere in a long list with a prefix", () => {
    expect(namesOf(refsOf(...branches).groups(2, "refs/heads/b3"), 20)).toEqual([
      "NotADraft heads/b30",
      "NotADraft heads/b31",
    ]);
  });

  it("are the same after any changes as if they had been added once", () => {
    const one = fc
      .tuple(fc.constantFrom("refs/heads/a", "refs/tags/a", "refs/tags/b"), fc.constantFrom("NotADraft", "NotVerified"))
      .map(([ref, reason]) => skip(ref, reason as SkipReason));
    fc.assert(
      fc.property(fc.array(fc.tuple(one, fc.boolean())), (changes) => {
        const refs = new SkippedRefs();
        const kept = new Map<string, Skipped>();
        for (const [skipped, isAdded] of changes) {
          if (isAdded) refs.add(skipped);
          else refs.delete(skipped);
          if (isAdded) kept.set(`${skipped.ref} ${skipped.reason}`, skipped);
          else kept.delete(`${skipped.ref} ${skipped.reason}`);
        }
        expect(refs.groups(9)).toEqual(refsOf(...kept.values()).groups(9));
        expect(refs.size).toBe(kept.size);
      }),
    );
  });
});
