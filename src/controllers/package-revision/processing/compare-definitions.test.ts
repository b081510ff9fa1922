import { describe, expect, it } from "vitest";
import { digestOfDefinitions, neededDefinitions } from "../../../core/dependencies/needed-definitions.ts";
import { catalogOf, definition, resource, testRevision } from "../../../core/dependencies/testing/revisions.ts";
import type { ProcessResult } from "../../../core/processing/process-package.ts";
import { aRevision, condition } from "../../../core/testing/observed.ts";
import type { RevisionDependencies } from "../dependencies.ts";
import { compareDefinitions } from "./compare-definitions.ts";

const draft = testRevision("edge1/web/shop@draft", { "a.yaml": resource("dns.io/v1", "Zone") });
const graph = catalogOf(testRevision("catalog/dns@v1", { "crd.yaml": definition("dns.io", "Zone", "v1") })).resolve(
  draft,
);
const DIGEST = digestOfDefinitions(neededDefinitions(graph));

function result(more: Partial<ProcessResult>, unknownGroups: readonly string[] = ["dns.io/v1"]): ProcessResult {
  const validation = { errors: 0, warnings: 0, problems: [], unknownGroups };
  return { render: { kind: "none" }, validation, results: [], resultsCount: 0, apis: draft.apis, ...more };
}

async function compared(one: ProcessResult, known: typeof graph | undefined, validated?: "True" | "False" | "Unknown") {
  const conditions = validated === undefined ? [] : [condition("Validated", validated)];
  const object = aRevision({ status: { contentDigest: "sha256:1", conditions } });
  const dependencies = { needs: { resolve: async () => known && { graph: known } } } as unknown as RevisionDependencies;
  const digests = ["sha256:1", "sha256:2"];
  return await Promise.all(digests.map((digest) => compareDefinitions({ object, dependencies }, digest, one)));
}

describe("compareDefinitions", () => {
  it("finds others where the packages that are needed are others", async () => {
    expect(await compared(result({ neededDigest: DIGEST }), graph)).toEqual(["same", "same"]);
    expect(await compared(result({}), graph)).toEqual(["others", "others"]);
    expect(await compared(result({ neededDigest: "other" }), graph)).toEqual(["others", "others"]);
  });

  it("leaves a verdict from before a restart until they are known, and does not wait for a new one", async () => {
    expect(await compared(result({}), undefined, "False")).toEqual(["unknown", "same"]);
    expect(await compared(result({}), undefined, "Unknown")).toEqual(["same", "same"]);
    expect(await compared(result({}), undefined)).toEqual(["same", "same"]);
    expect(await compared(result({}, []), undefined, "True")).toEqual(["same", "same"]);
  });

  it("does not look for what a failed render needs", async () => {
    const { apis: _, ...failed } = result({ neededDigest: "other" });
    expect(await compared(failed, graph)).toEqual(["same", "same"]);
  });
});
