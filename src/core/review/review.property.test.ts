import { applyPatch } from "diff";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packages } from "../merge/testing/arbitrary-packages.ts";
import { hostileFiles } from "../merge/testing/hostile-files.ts";
import { seeded } from "../testing/seeded.ts";
import { parseObjects } from "../validation/objects/parse-objects.ts";
import { boundChange } from "./bound-change.ts";
import { comparePackages, type ResourceChange } from "./compare-packages.ts";
import { describeChange } from "./describe-change.ts";
import { diffFile, diffHeading } from "./file-diff.ts";
import { compareFiles, type ReviewFiles, textOf } from "./file-pairs.ts";
import { summarize } from "./summary.ts";

const RUNS = seeded(150, "PKGSERVER_FUZZ_REVIEWS");
const timeout = 120_000 + 100 * RUNS.numRuns;

/** Two revisions of a package that have much in common. */
const revisions = packages.map(({ base, local }) => ({ before: base, after: local }));
const hostile = fc.tuple(hostileFiles, hostileFiles).map(([before, more]) => {
  return { before, after: new Map([...before, ...more]) };
});
const anyRevisions = fc.oneof(revisions, hostile);

function shuffled(files: ReviewFiles): ReviewFiles {
  return new Map([...files].reverse());
}

describe("comparePackages", { timeout }, () => {
  it("finds nothing between a package and itself", () => {
    fc.assert(
      fc.property(anyRevisions, ({ before }) => {
        const change = comparePackages(before, shuffled(before));
        expect(change).toEqual({
          ...{ risks: [], count: 0, resources: [], files: [], unread: [] },
          ...{ otherFileCount: 0, isImageVersions: false },
        });
        expect(summarize(change)).toBe("no changes");
      }),
      RUNS,
    );
  });

  it("gives the same for the same files in another order", () => {
    fc.assert(
      fc.property(anyRevisions, ({ before, after }) => {
        expect(comparePackages(shuffled(before), shuffled(after))).toEqual(comparePackages(before, after));
      }),
      RUNS,
    );
  });

  it("finds in the other direction what is the other way round", () => {
    const flip = ({ kind, resource, was }: ResourceChange) => {
      const turned = kind === "added" ? "removed" : kind === "removed" ? "added" : kind;
      return JSON.stringify([turned, kind === "changed" ? (was ?? resource) : resource]);
    };
    const plain = ({ kind, resource }: ResourceChange) => JSON.stringify([kind, resource]);
    fc.assert(
      fc.property(revisions, ({ before, after }) => {
        const [there, back] = [comparePackages(before, after), comparePackages(after, before)];
        expect(back.resources.map(plain).sort()).toEqual(there.resources.map(flip).sort());
        expect(back.resources.map((one) => one.fieldCount).sort()).toEqual(
          there.resources.map((one) => one.fieldCount).sort(),
        );
      }),
      RUNS,
    );
  });

  it("lists each object whose values differ, and no other one", () => {
    const valuesOf = (files: ReviewFiles) => {
      const { objects } = parseObjects([...files] as readonly (readonly [string, Uint8Array])[]);
      return new Map(objects.map(({ kind, value }) => [`${kind}/${nameIn(value)}`, JSON.stringify(sorted(value))]));
    };
    fc.assert(
      fc.property(revisions, ({ before, after }) => {
        const [was, now] = [valuesOf(before), valuesOf(after)];
        const { resources, unread } = comparePackages(before, after);
        fc.pre(unread.length === 0);
        const listed = new Set(
          resources.flatMap(({ resource, was: old }) => [
            `${resource.kind}/${resource.name}`,
            ...(old === undefined ? [] : [`${old.kind}/${old.name}`]),
          ]),
        );
        const differing = [...new Set([...was.keys(), ...now.keys()])].filter((key) => was.get(key) !== now.get(key));
        expect([...listed].sort()).toEqual(differing.sort());
      }),
      RUNS,
    );
  });

  it("never throws, and stays within its size", () => {
    fc.assert(
      fc.property(anyRevisions, fc.integer({ min: 1_024, max: 8_192 }), ({ before, after }, size) => {
        const pairs = compareFiles(before, after);
        const change = comparePackages(before, after, pairs);
        const bounded = boundChange(change, pairs, size);
        expect(Buffer.byteLength(JSON.stringify(bounded))).toBeLessThanOrEqual(size);
        expect(bounded.resourceCount).toBe(change.resources.length);
        expect(describeChange(change, { risks: 2, resources: 2, fields: 2 }).length).toBeGreaterThanOrEqual(
          pairs.length === 0 ? 0 : Math.min(2, change.resources.length),
        );
      }),
      RUNS,
    );
  });
});

describe("boundChange", { timeout }, () => {
  it("has a diff that leads from one side to the other", () => {
    fc.assert(
      fc.property(anyRevisions, ({ before, after }) => {
        for (const pair of compareFiles(before, after)) {
          const [old, next] = [textOf(pair.before), textOf(pair.after)];
          const { hunks } = diffFile(pair);
          if (old === undefined || next === undefined || hunks === undefined || hunks.length === 0) continue;
          // The library takes other line ends for those of the platform.
          if (/[\r\u2028]/.test(old + next)) continue;
          const lines = hunks.flatMap(({ range, lines: texts }) => [range, ...texts]);
          const patch = [...diffHeading({ ...pair, path: "x", was: "x" }, { before: "a", after: "b" }), ...lines];
          expect(applyPatch(old, `${patch.join("\n")}\n`)).toBe(next);
        }
      }),
      RUNS,
    );
  });
});

function nameIn(value: Readonly<Record<string, unknown>>): string {
  const { metadata } = value as { readonly metadata?: { readonly name?: unknown } };
  // As Kubernetes reads it, `y` is no text.
  return metadata?.name === true ? "y" : String(metadata?.name);
}

/** With the fields of mappings in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([key, one]) => [key, sorted(one)] as const);
  return { fields: fields.sort(([a], [b]) => (a < b ? -1 : 1)) };
}
