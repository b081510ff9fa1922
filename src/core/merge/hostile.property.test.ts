import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seeded } from "../testing/seeded.ts";
import { readYamlFile } from "../yaml-edit/yaml-file.ts";
import { mergePackages } from "./merge-packages.ts";
import type { FileMap } from "./package-side.ts";
import { hostileFiles } from "./testing/hostile-files.ts";

const RUNS = seeded(150, "PKGSERVER_FUZZ_MERGES");

/** Sides that have much in common. */
const sides = fc.tuple(hostileFiles, hostileFiles, hostileFiles).map(([base, one, other]) => {
  return { base, upstream: new Map([...base, ...one]), local: new Map([...base, ...other]) };
});
const strategy = fc.constantFrom("resource-merge", "fast-forward", "replace", "copy");

describe("mergePackages with hostile files", { timeout: 120_000 + 100 * RUNS.numRuns }, () => {
  it("never throws, and keeps its limits", () => {
    const limits = { conflicts: 3, value: 20 };
    fc.assert(
      fc.property(sides, strategy, (given, strategy) => {
        const { conflicts, conflictCount, files, failure } = mergePackages(given, { strategy, limits });
        expect(conflicts.length).toBe(Math.min(conflictCount, limits.conflicts));
        for (const { values } of conflicts) {
          for (const value of Object.values(values)) expect(value?.length ?? 0).toBeLessThanOrEqual(limits.value);
        }
        if (failure !== undefined) expect(files).toBe(given.local);
      }),
      RUNS,
    );
  });

  it("gives YAML that can be read where all sides have such", () => {
    const isRead = (one: Uint8Array | undefined) =>
      one === undefined || !("problems" in readYamlFile(new TextDecoder().decode(one)));
    fc.assert(
      fc.property(sides, (given) => {
        const { files } = mergePackages(given);
        for (const [path, one] of files) {
          const all = Object.values(given).map((side: FileMap) => side.get(path));
          if (/\.yaml$|Kptfile$/.test(path) && all.every(isRead) && all.every(hasContents))
            expect(isRead(one)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it("leaves the local side if upstream has not changed, and gives upstream if the local side has not", () => {
    fc.assert(
      fc.property(hostileFiles, hostileFiles, (base, other) => {
        const changed = new Map([...base, ...other]);
        expect(mergePackages({ base, upstream: base, local: changed }).files).toEqual(changed);
        const { files } = mergePackages({ base, upstream: changed, local: base });
        for (const [path, one] of changed) {
          // The Kptfile keeps fields of its own, and rendered files are left out.
          if (!path.endsWith("Kptfile") && !path.startsWith("out/"))
            expect([path, files.get(path)]).toEqual([path, one]);
        }
      }),
      RUNS,
    );
  });
});

function hasContents(one: Uint8Array | undefined): boolean {
  const file = one === undefined ? undefined : readYamlFile(new TextDecoder().decode(one));
  if (file === undefined) return true;
  return !("problems" in file) && file.documents.some(({ document }) => document.contents !== null);
}
