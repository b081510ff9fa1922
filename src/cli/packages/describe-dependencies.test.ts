import { describe, expect, it } from "vitest";
import type { PackageDependenciesStatus } from "../../api/v1alpha1/package-dependencies.ts";
import { aRevision } from "../../core/testing/observed.ts";
import { describeDependencies } from "./describe-dependencies.ts";

function described(dependencies: PackageDependenciesStatus | undefined): string | undefined {
  const spec = { packageRevID: { target: "edge1", repository: "deployments", package: "shop", workspace: "one" } };
  return describeDependencies(aRevision({ spec, status: { ...(dependencies !== undefined && { dependencies }) } }));
}

describe("describeDependencies", () => {
  it("names what is missing, and the first error", () => {
    const missing = ["catalog/a@v1", "catalog/b@v1", "catalog/c@v2"];
    const error = "cannot find api reference: group: acme.io, kind: Widget";
    expect(described({ dependencyCount: 7, missing, missingCount: 5, error, errorCount: 1, warningCount: 2 })).toBe(
      `7 APIs and packages; to add to edge1: ${missing.join(", ")}, and 2 more; error: ${error}; 2 warnings; ` +
        "see kubectl pkg deps edge1/shop@one",
    );
  });

  it("is short where nothing is missing, and absent where nothing is known", () => {
    expect(described({ dependencyCount: 1 })).toBe("1 API or package");
    expect(described(undefined)).toBeUndefined();
  });
});
