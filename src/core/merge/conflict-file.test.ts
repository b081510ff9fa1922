import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONFLICTS_PATH, conflictResults, writeConflicts } from "./conflict-file.ts";
import type { MergeConflict } from "./conflicts.ts";

const FIELD: MergeConflict = {
  kind: "field",
  file: "d.yaml",
  resource: { apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "a" },
  field: "spec.replicas",
  values: { base: "1", upstream: "2", local: "3" },
};

function resultsOf(bytes: Uint8Array | string) {
  return conflictResults(
    new Map([[CONFLICTS_PATH, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes]]),
  );
}

function write(...conflicts: readonly MergeConflict[]): Uint8Array {
  return writeConflicts({ upstream: "blue/lib v2", conflicts, count: conflicts.length });
}

describe("conflictResults", () => {
  it("names file, resource, field and the values of both sides", () => {
    expect(resultsOf(write(FIELD))).toEqual([
      {
        severity: "error",
        source: "merge",
        message: `both sides have changed it: upstream has 2, the package has 3; then remove the entry from ${CONFLICTS_PATH}`,
        path: "d.yaml",
        resource: "apps/v1 Deployment a/web",
        field: "spec.replicas",
      },
    ]);
  });

  it("has none without the file", () => {
    expect(conflictResults(new Map())).toEqual([]);
  });

  it("shows no data of Secrets, and what a side has removed", () => {
    const [secret, removed] = resultsOf(
      write({ ...FIELD, values: {}, isSecret: true }, { ...FIELD, values: { base: "1", upstream: "2" } }),
    );
    expect(secret?.message).toContain("both sides have changed data of a Secret");
    expect(removed?.message).toContain("upstream has 2, the package has removed it");
  });

  it.each([
    "",
    "a: [",
    "conflicts: none",
    "conflicts: []",
    "conflicts: [1]",
    "a: &a {file: x}\nconflicts: [*a]",
    "\u0000",
    `conflicts: [{file: a}]\nnotListed: 3`,
  ])("has an error for the file, whatever is in it: %j", (text) => {
    const results = resultsOf(text);
    expect(results.at(-1)).toMatchObject({ severity: "error", path: CONFLICTS_PATH });
  });

  it("never throws, and always has an error", () => {
    const isReported = (text: string) => resultsOf(text).some(({ severity }) => severity === "error");
    fc.assert(fc.property(fc.string({ unit: "binary" }), isReported));
    const values = fc.record({ upstream: fc.string(), local: fc.string() }, { requiredKeys: [] });
    const conflict = fc.record({ file: fc.string({ maxLength: 2000 }), field: fc.string(), values });
    const listed = fc.array(conflict, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(listed, (conflicts) => {
        const all = conflicts.map((one) => ({ kind: "field" as const, ...one }));
        expect(resultsOf(write(...all))).toHaveLength(conflicts.length);
      }),
    );
  });
});
