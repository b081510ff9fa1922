import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DependencyCatalog } from "./dependency-catalog.ts";
import { dependencyStatus } from "./dependency-status.ts";
import type { PackageRevisionApis } from "./revision-apis.ts";
import { catalogOf, definition, dependency, resolved, resource, testRevision } from "./testing/revisions.ts";

const KINDS = ["A", "B", "C"];
const PACKAGES = ["catalog/a", "catalog/x/b", "catalog/c", "edge1/a", "edge1/b", "edge2/a"];

/** A revision of one of a few packages, with a few definitions, resources and named packages. */
const revisions = fc
  .record({
    name: fc.constantFrom(...PACKAGES),
    revision: fc.constantFrom("v1", "v2", "v2.1.0"),
    from: fc.option(fc.constantFrom("catalog/a@v1", "catalog/c@v2"), { nil: undefined }),
    offers: fc.subarray(KINDS),
    needs: fc.subarray(KINDS),
    names: fc.subarray(["catalog/a", "catalog/c"]),
    range: fc.constantFrom(undefined, "^1", "v2", ">=2"),
  })
  .map(({ name, revision, from, offers, needs, names, range }) =>
    testRevision(
      `${name}@${revision}`,
      Object.fromEntries([
        ...offers.map((kind) => [
          `crd-${kind}.yaml`,
          definition("acme.io", kind, revision.startsWith("v1") ? "v1" : "v2"),
        ]),
        ...needs.map((kind) => [`need-${kind}.yaml`, resource("acme.io/v1", kind)]),
        ...names.map((one, catalog) => [`name-${catalog}.yaml`, dependency(one, range)]),
      ]),
      from !== undefined && name.startsWith("edge") ? { from } : {},
    ),
  );

describe("DependencyCatalog", () => {
  it("is after any changes as if it had been built at once, and resolves in any order alike", () => {
    const change = fc.record({ one: revisions, isDeleted: fc.boolean(), draft: revisions.map(toDraft) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const catalog = new DependencyCatalog();
        const expected = new Map<string, PackageRevisionApis>();
        for (const { one, isDeleted, draft } of changes) {
          if (isDeleted) catalog.delete(one.name);
          else catalog.set(one);
          if (isDeleted) expected.delete(one.name);
          else expected.set(one.name, one);
          // Fills what is kept between changes.
          for (const other of [...expected.values(), draft]) catalog.resolve(other);
        }
        const all = [...expected.values()];
        const fresh = catalogOf(...all.toReversed());
        for (const one of [...all, ...all.map(toDraft)]) {
          expect(resolved(catalog, one)).toEqual(resolved(fresh, one));
          expect(catalog.dependentsOf(one)).toEqual(fresh.dependentsOf(one));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("names each followed draft whose dependencies a change has changed", () => {
    const change = fc.record({ one: revisions, isDeleted: fc.boolean() });
    const drafts = fc.uniqueArray(revisions.map(toDraft), { selector: ({ name }) => name, maxLength: 6 });
    fc.assert(
      fc.property(drafts, fc.array(change, { maxLength: 20 }), (all, changes) => {
        const catalog = new DependencyCatalog();
        const known = new Map(all.map((draft) => [draft.name, dependencyStatus(catalog.follow(draft))]));
        for (const { one, isDeleted } of changes) {
          const named = isDeleted ? catalog.delete(one.name) : catalog.set(one);
          for (const draft of all) {
            const now = dependencyStatus(catalog.resolve(draft));
            if (!named.has(draft.name)) expect(now).toEqual(known.get(draft.name));
            known.set(draft.name, now);
          }
          for (const draft of all) if (named.has(draft.name)) catalog.follow(draft);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("finds each dependent that resolving all packages would find", () => {
    fc.assert(
      fc.property(fc.array(revisions, { maxLength: 12 }), (all) => {
        const catalog = catalogOf(...all);
        const latest = catalog.latest();
        for (const one of latest) {
          const needing = latest
            .filter((other) => other !== one && needsDirectly(catalog, other, one.name))
            .map(({ name }) => name);
          expect(catalog.dependentsOf(one).map(({ revision }) => revision.name)).toEqual(needing.sort());
        }
      }),
      { numRuns: 60 },
    );
  });
});

function needsDirectly(catalog: DependencyCatalog, one: PackageRevisionApis, to: string): boolean {
  return resolved(catalog, one).needs[one.name]?.includes(to) === true;
}

function toDraft(one: PackageRevisionApis): PackageRevisionApis {
  return { ...one, name: `${one.name}-draft`, revision: "draft" };
}
