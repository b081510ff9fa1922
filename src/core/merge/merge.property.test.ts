import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMap } from "yaml";
import { plainValue } from "../render/external/to-json.ts";
import { metaOf } from "../render/resource.ts";
import { seeded } from "../testing/seeded.ts";
import { readYamlFile } from "../yaml-edit/yaml-file.ts";
import type { MergeConflict } from "./conflicts.ts";
import { mergePackages } from "./merge-packages.ts";
import type { FileMap } from "./package-side.ts";
import { packages } from "./testing/arbitrary-packages.ts";
import type { Three } from "./three.ts";

const RUNS = seeded(120, "PKGSERVER_FUZZ_MERGES");

function textsOf(files: FileMap): Readonly<Record<string, string>> {
  const entries = [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString("latin1")] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The same for two merges whose sides are swapped. */
function describeConflicts(conflicts: readonly MergeConflict[], isSwapped: boolean): readonly string[] {
  return conflicts
    .map(({ kind, file, resource, field, values: { base, upstream, local } }) => {
      // The file and the name are those of the local side, if both have moved or renamed something.
      const place = kind === "location" ? "" : (resource?.kind ?? file);
      const sides = isSwapped ? [local, upstream] : [upstream, local];
      return JSON.stringify([kind, place, field, base, ...sides]);
    })
    .sort();
}

/** True for a conflict of what both sides would have in one place. */
function isInTheWay({ kind, values: { base, upstream, local } }: MergeConflict): boolean {
  if (kind === "location") return base === upstream || base === local;
  return base === undefined && (upstream === undefined || local === undefined);
}

/** Objects by kind and name, where each side has one of a name at most. */
function objectsOf(files: FileMap): ReadonlyMap<string, string> {
  const objects = new Map<string, string>();
  for (const [path, bytes] of files) {
    const file = path.endsWith(".yaml") ? readYamlFile(new TextDecoder().decode(bytes)) : undefined;
    if (file === undefined || "problems" in file) continue;
    for (const { document } of file.documents) {
      if (!isMap(document.contents)) continue;
      const { kind, name } = metaOf(document.contents);
      if (kind !== "") objects.set(`${kind} ${name}`, JSON.stringify(sorted(plainValue(document.contents))));
    }
  }
  return objects;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, sorted(one)] as const);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

function check(predicate: (sides: Three<FileMap>) => void, runs = RUNS): void {
  fc.assert(fc.property(packages, predicate), runs);
}

describe("mergePackages", { timeout: 120_000 + 100 * RUNS.numRuns }, () => {
  it("leaves the local side byte for byte if upstream has not changed", () => {
    check(({ base, local }) => {
      const { files, conflicts } = mergePackages({ base, upstream: base, local });
      expect(textsOf(files)).toEqual(textsOf(local));
      expect(conflicts).toEqual([]);
    });
  });

  it("gives upstream byte for byte if the local side has not changed", () => {
    check(({ base, upstream }) => {
      const { files, conflicts } = mergePackages({ base, upstream, local: base });
      expect(textsOf(files)).toEqual(textsOf(upstream));
      expect(conflicts).toEqual([]);
    });
  });

  it("has no conflict if both sides have changed the same", () => {
    check(({ base, upstream }) => {
      const { files, conflicts } = mergePackages({ base, upstream, local: upstream });
      expect(textsOf(files)).toEqual(textsOf(upstream));
      expect(conflicts).toEqual([]);
    });
  });

  it("gives files that can be read if those of all sides can", () => {
    check((sides) => {
      const isRead = (bytes: Uint8Array) => !("problems" in readYamlFile(new TextDecoder().decode(bytes)));
      const broken = new Set(
        Object.values(sides).flatMap((files: FileMap) => [...files].flatMap(([at, one]) => (isRead(one) ? [] : [at]))),
      );
      for (const [path, bytes] of mergePackages(sides).files) {
        if (path.endsWith(".yaml") && !broken.has(path)) expect(isRead(bytes)).toBe(true);
      }
    });
  });

  it("changes nothing if what it gave is merged again", () => {
    check((sides) => {
      const { upstream } = sides;
      const { files } = mergePackages(sides);
      // With the old base, what upstream has added could be taken for something of the base that was renamed locally.
      expect(textsOf(mergePackages({ base: upstream, upstream, local: files }).files)).toEqual(textsOf(files));
    });
  });

  it("has the same conflicts if the sides are swapped", () => {
    check(({ base, upstream, local }) => {
      const limits = { conflicts: 1_000_000 };
      const one = mergePackages({ base, upstream, local }, { limits });
      const other = mergePackages({ base, upstream: local, local: upstream }, { limits });
      // Of two files at one path, the local one stays: the conflict is about the other one.
      if ([...one.conflicts, ...other.conflicts].some(isInTheWay)) {
        expect([one, other].every(({ conflictCount }) => conflictCount > 0)).toBe(true);
      } else expect(describeConflicts(other.conflicts, true)).toEqual(describeConflicts(one.conflicts, false));
    });
  });

  it("gives each object that one side has changed as that side has it", () => {
    check((sides) => {
      const [base, upstream, local] = [sides.base, sides.upstream, sides.local].map(objectsOf) as [
        ReadonlyMap<string, string>,
        ReadonlyMap<string, string>,
        ReadonlyMap<string, string>,
      ];
      const { files, conflicts } = mergePackages(sides);
      const merged = objectsOf(files);
      const left = conflicts.some(({ kind }) => kind === "file");
      for (const id of left ? [] : new Set([...base.keys(), ...upstream.keys(), ...local.keys()])) {
        const [was, theirs, mine] = [base.get(id), upstream.get(id), local.get(id)];
        // One that is gone may have become another one of its kind.
        if (was === undefined || theirs === undefined || mine === undefined) continue;
        if (theirs === was) expect(merged.get(id)).toBe(mine);
        else if (mine === was) expect(merged.get(id)).toBe(theirs);
      }
    });
  });
});
