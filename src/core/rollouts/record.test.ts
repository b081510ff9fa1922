import { describe, expect, it } from "vitest";
import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { ANNOTATION_ROLLED_OUT } from "../../api/v1alpha1/well-known.ts";
import { objectName } from "../identity/names.ts";
import { workspaceOf } from "../variants/workspace.ts";
import { formatRecord, formerSpec, readRecord } from "./record.ts";

const specOf = (revision?: string): PackageVariantSpec => ({
  upstream: { repository: "catalog", package: "shop", ...(revision !== undefined && { revision }) },
  downstream: { repository: "deployments", package: "shop" },
});

function variant(spec: PackageVariantSpec, status: object = {}, record?: string): PackageVariant {
  const annotations = record === undefined ? {} : { [ANNOTATION_ROLLED_OUT]: record };
  const metadata = { name: "a", namespace: "ns", annotations };
  return { apiVersion: "", kind: "", metadata, spec, status: { observedGeneration: 1, ...status } };
}

const RECORD = { rollout: "0123456789ab", wave: 1, spec: "s", former: specOf("v1") };

describe("formatRecord", () => {
  it("keeps a former spec that fits beside other annotations", () => {
    expect(readRecord(variant(specOf(), {}, formatRecord(RECORD)))).toEqual(RECORD);
    const large = { ...specOf(), packageContext: { inputs: [{ text: "ä".repeat(70_000) }] } };
    expect(JSON.parse(formatRecord({ ...RECORD, former: large }))).toEqual({
      rollout: "0123456789ab",
      wave: 1,
      spec: "s",
    });
  });

  it.each([undefined, "", "null", "{"])("is not there for %s", (value) => {
    expect(readRecord(variant(specOf(), {}, value))).toBeUndefined();
  });
});

describe("formerSpec", () => {
  const record = formatRecord(RECORD);

  it("is the present spec if that was published, else the one before", () => {
    const published = { published: `edge1.deployments.shop.${workspaceOf(specOf("v2"))}-v2` };
    expect(formerSpec(variant(specOf("v2"), published, record))).toEqual(specOf("v2"));
    expect(formerSpec(variant(specOf("v2"), { published: "edge1.deployments.shop.pv-0" }, record))).toEqual(
      specOf("v1"),
    );
    expect(formerSpec(variant(specOf("v2"), {}, record))).toEqual(specOf("v1"));
    expect(formerSpec(variant(specOf("v2")))).toEqual(specOf("v2"));
  });

  it.each([
    ["", true],
    ["-v2", true],
    ["-v2-3", true],
    ["-v1", false],
  ])("is known by a name that is too long to end in the workspace, here with %j", (suffix, isPublished) => {
    const long = ["a", "b", "c", "d"].map((letter) => letter.repeat(60)).join("/");
    const spec = { ...specOf("v2"), downstream: { repository: "deployments", realm: long, package: "shop" } };
    const published = objectName("deployments", { realm: long, package: "shop" }, `${workspaceOf(spec)}${suffix}`);
    expect(published).not.toContain("pv-");
    const status = { published, upstreamRevision: "v2" };
    expect(formerSpec(variant(spec, status, record))).toEqual(isPublished ? spec : specOf("v1"));
  });

  it("is bound to the revision that an upstream means now", () => {
    expect(formerSpec(variant(specOf("latest"), { upstreamRevision: "v3" }))).toEqual(specOf("v3"));
  });
});
