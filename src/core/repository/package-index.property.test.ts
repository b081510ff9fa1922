import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftBranch, oid, publishedRef, tombstone } from "../testing/discovered.ts";
import type { Classified } from "./classify-ref.ts";
import { PackageIndex } from "./package-index.ts";

const path = fc.constantFrom("a", "b", "a/b", "a/b/c", "ab", "A");
const revision = fc.constantFrom("v1", "v2", "v10", "v1.2.0");
const workspace = fc.constantFrom("one", "two", "v1", "v2");
const commit = fc.nat(3).map(oid);

const classified: fc.Arbitrary<Classified> = fc.oneof(
  fc
    .tuple(path, revision, commit, fc.option(workspace, { nil: undefined }))
    .map(([path, revision, commit, recorded]) =>
      publishedRef(path, revision, { commit, ...(recorded !== undefined && { workspace: recorded }) }),
    ),
  fc.tuple(path, workspace, commit).map(([path, workspace, commit]) => draftBranch(path, workspace, { commit })),
  fc.tuple(path, revision).map(([path, revision]) => tombstone(path, revision)),
);

/** What a ref is now, that it is gone, or that it is nothing of ours any more. */
const step = fc.tuple(classified, fc.constantFrom("set", "set", "set", "gone", "skipped")).map(([one, what]) => {
  const skipped = { kind: "skipped", ref: one.ref, reason: "NotADraft", message: "no" } as const;
  return { ref: one.ref, now: what === "set" ? one : what === "gone" ? undefined : skipped };
});
const steps = fc.array(step, { maxLength: 40 });
type Step = { readonly ref: string; readonly now: Classified | undefined };

const PATHS = ["a", "b", "a/b", "a/b/c", "ab", "A", "none"];

/** Every answer that an index gives. */
function answers(index: PackageIndex) {
  const sorted = (keys: Iterable<string>) => [...keys].sort();
  return {
    counts: index.counts(),
    skipped: index.skipped(99),
    names: sorted(index.names()).map((name) => [name, index.byName(name)]),
    packages: PATHS.map((path) => {
      const entry = index.package(path);
      return {
        path,
        published: sorted(entry?.published.keys() ?? []).map((one) => [one, index.previous(path, one)?.revision]),
        drafts: sorted(entry?.drafts.keys() ?? []),
        deleted: sorted(entry?.deleted ?? []),
        latest: index.latest(path),
        next: index.next(path),
        nested: index.nested(path),
        enclosing: index.enclosing(path),
      };
    }),
  };
}

/** What an object is told: what its name is in Git, and which revision of its package is the latest. */
function news(index: PackageIndex): ReadonlyMap<string, string> {
  const names = [...index.names()].map((name) => {
    const found = index.byName(name);
    const latest = found === undefined ? undefined : index.latest(found.path)?.revision;
    // An older revision is told that it is not the latest, a draft which one is.
    return [name, JSON.stringify([found, found?.kind === "draft" ? latest : latest === found?.revision])] as const;
  });
  return new Map(names);
}

function finalRefs(all: readonly Step[]): readonly Step[] {
  return [...new Map(all.map((one) => [one.ref, one])).values()].filter((one) => one.now !== undefined);
}

describe("PackageIndex, whatever happens", () => {
  it("is what an index of the final refs alone is, in whatever order they came", () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat()), (all, ranks) => {
        const index = new PackageIndex("blue");
        for (const { ref, now } of all) index.update(ref, now);
        const anew = new PackageIndex("blue");
        const ranked = finalRefs(all).map((one) => ({ ...one, rank: ranks.next().value ?? 0 }));
        for (const { ref, now } of ranked.sort((a, b) => a.rank - b.rank)) anew.update(ref, now);
        expect(answers(index)).toEqual(answers(anew));
      }),
      { numRuns: 500 },
    );
  });

  it("tells every name whose answer changed", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const index = new PackageIndex("blue");
        for (const { ref, now } of all) {
          const before = news(index);
          const touched = index.update(ref, now);
          const after = news(index);
          const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
            (name) => before.get(name) !== after.get(name),
          );
          expect([...touched]).toEqual(expect.arrayContaining(changed));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("has every ref exactly once: in a package, used up, or skipped", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const index = new PackageIndex("blue");
        for (const { ref, now } of all) index.update(ref, now);
        const { published, drafts, skipped } = index.counts();
        const tombstones = finalRefs(all).filter((one) => one.now?.kind === "tombstone").length;
        expect(published + drafts + skipped + tombstones).toBe(finalRefs(all).length);
        expect([...index.names()].length).toBe(published + drafts);
      }),
    );
  });
});
