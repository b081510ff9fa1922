import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftBranch, oid, publishedRef, tombstone } from "../testing/discovered.ts";
import { updateIndex } from "../testing/update-index.ts";
import type { Classified } from "./classify-ref.ts";
import { workspaceOf } from "./identify.ts";
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

/** The new state of a ref: a revision or draft, deleted, or skipped. */
const step = fc.tuple(classified, fc.constantFrom("set", "set", "set", "deleted", "skipped")).map(([one, what]) => {
  const skipped = { kind: "skipped", ref: one.ref, reason: "NotADraft", message: "no" } as const;
  return { ref: one.ref, current: what === "set" ? one : what === "deleted" ? undefined : skipped };
});
const steps = fc.array(step, { maxLength: 40 });
type Step = { readonly ref: string; readonly current: Classified | undefined };

const PATHS = ["a", "b", "a/b", "a/b/c", "ab", "A", "none"];

/** The results of all queries. */
function queryAll(index: PackageIndex) {
  const sorted = (keys: Iterable<string>) => [...keys].sort();
  return {
    counts: index.counts(),
    skipped: index.skipped.groups(99),
    revisions: [...index.revisions()].sort((a, b) => (a.ref < b.ref ? -1 : 1)),
    workspaces: new Map([...index.revisions()].map((one) => [one.ref, workspaceOf(index.package(one.path), one)])),
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
        overlapping: index.overlapping(path),
        recorded: [...(entry?.recorded ?? [])].map(([one, revisions]) => [one, sorted(revisions)]).sort(),
      };
    }),
  };
}

/** The facts that objects depend on: their ref, and the latest revision of their package. */
function factsByRef(index: PackageIndex): ReadonlyMap<string, string> {
  const facts = [...index.revisions()].map((found) => {
    const latest = index.latest(found.path)?.revision;
    // A revision depends on whether it is the latest, a draft on which one is.
    return [found.ref, JSON.stringify([found, found.kind === "draft" ? latest : latest === found.revision])] as const;
  });
  return new Map(facts);
}

function finalRefs(all: readonly Step[]): readonly Step[] {
  return [...new Map(all.map((one) => [one.ref, one])).values()].filter((one) => one.current !== undefined);
}

describe("PackageIndex after any updates", () => {
  it("never gives two refs of a package the same workspace", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const index = new PackageIndex("blue");
        for (const { ref, current } of all) updateIndex(index, ref, current);
        const taken = [...index.revisions()].flatMap((one) => {
          const workspace = workspaceOf(index.package(one.path), one);
          return workspace === undefined ? [] : [`${one.path}/${workspace}`];
        });
        expect(new Set(taken).size).toBe(taken.length);
      }),
      { numRuns: 500 },
    );
  });

  it("equals an index of the final refs in any order", () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat()), (all, ranks) => {
        const index = new PackageIndex("blue");
        for (const { ref, current } of all) updateIndex(index, ref, current);
        const fresh = new PackageIndex("blue");
        const ranked = finalRefs(all).map((one) => ({ ...one, rank: ranks.next().value ?? 0 }));
        for (const { ref, current } of ranked.sort((a, b) => a.rank - b.rank)) updateIndex(fresh, ref, current);
        expect(queryAll(index)).toEqual(queryAll(fresh));
      }),
      { numRuns: 500 },
    );
  });

  it("reports every object whose facts changed", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const index = new PackageIndex("blue");
        for (const { ref, current } of all) {
          const before = factsByRef(index);
          const affected = updateIndex(index, ref, current);
          const after = factsByRef(index);
          const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
            (ref) => before.get(ref) !== after.get(ref),
          );
          expect([...affected.keys()]).toEqual(expect.arrayContaining(changed));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("counts every ref once: as a revision, draft, tombstone or skipped", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const index = new PackageIndex("blue");
        for (const { ref, current } of all) updateIndex(index, ref, current);
        const { published, drafts, skipped } = index.counts();
        const tombstones = finalRefs(all).filter((one) => one.current?.kind === "tombstone").length;
        expect(published + drafts + skipped + tombstones).toBe(finalRefs(all).length);
        expect([...index.revisions()].length).toBe(published + drafts);
      }),
    );
  });
});
