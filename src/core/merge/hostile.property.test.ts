import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seeded } from "../testing/seeded.ts";
import { readYamlFile } from "../yaml-edit/yaml-file.ts";
import { mergePackages } from "./merge-packages.ts";
import type { FileMap } from "./package-side.ts";

const RUNS = seeded(150, "PKGSERVER_FUZZ_MERGES");

const line = fc.constantFrom(
  ...["---", "...", "%YAML 1.1", "# comment", "", "\t", "key: &a value", "key: *a", "<<: *a", "base: &a {x: 1}"],
  ...["apiVersion: v1", "apiVersion: apps/v1", "kind: ConfigMap", "kind: Kptfile", "kind: Secret", "kind: List"],
  ...["metadata:", "  name: a", "  name: b", "metadata: # kpt-merge: a/b", "metadata: {name: a}", "metadata: []"],
  ...[
    "  annotations:",
    "    internal.kpt.dev/upstream-identifier: a|b|c|d",
    "    internal.kpt.dev/upstream-identifier: '|'",
  ],
  ...[
    "data:",
    "  a: 1",
    "  a: 2",
    "  __proto__: 1",
    "  constructor: {}",
    "data: [1, 2]",
    "spec: |",
    "  text",
    "  more",
  ],
  ...[
    "items:",
    "  - name: a",
    "  - name: a",
    "  - {name: b, kind: Secret}",
    "  - &a b",
    "  - *a",
    "- x",
    "? [a]",
    ": b",
  ],
  ...[
    "pipeline: {mutators: [{image: a}, {exec: b}]}",
    "upstream: {git: {ref: v1}}",
    "status: {}",
    "!!binary x",
    "{",
    "}",
  ],
  ...["a: 0x1F", "a: 1e400", "a: .nan", "a: 12345678901234567890", "a: 1_000", "a: ~", "a: '\\x00'", 'a: "\\ud800"'],
);
const text = fc
  .tuple(fc.array(line, { maxLength: 14 }), fc.constantFrom("\n", "\n", "\r\n", "\r", "\u2028"))
  .map(([lines, lineBreak]) => `${lines.join(lineBreak)}${lineBreak}`);
const bytes = fc.oneof(
  { weight: 8, arbitrary: text.map((one) => new TextEncoder().encode(one)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
);
const path = fc.constantFrom(
  ...[
    "a.yaml",
    "b.yaml",
    "B.yaml",
    "Kptfile",
    "sub/Kptfile",
    "sub/a.yaml",
    "a.yaml/x",
    "x.json",
    "README",
    "out/a.yaml",
  ],
  ...["__proto__", "kustomization.yaml", "é.yaml", " .yaml"],
);
const side: fc.Arbitrary<FileMap> = fc
  .array(fc.tuple(path, bytes), { maxLength: 5 })
  .map((entries) => new Map(entries) as FileMap);

/** Sides that have much in common. */
const sides = fc.tuple(side, side, side).map(([base, one, other]) => {
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
      fc.property(side, side, (base, other) => {
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
