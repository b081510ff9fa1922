import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import { ANNOTATION_WRITTEN_SPEC } from "../../api/v1alpha1/well-known.ts";
import { isEditedDraft, isOwnedBy, ownerAnnotation, variantNameOf, writtenSpec } from "./ownership.ts";

const variant: PackageVariant = {
  apiVersion: "",
  kind: "",
  metadata: { name: "shop", namespace: "a", uid: "1" },
  spec: { upstream: { repository: "c", package: "p" }, downstream: { repository: "d", package: "p" } },
};
const spec = { packageRevID: { repository: "d", package: "p", workspace: "pv-1" } };

function draft(more: Partial<PackageRevision> = {}): PackageRevision {
  const annotations = { ...ownerAnnotation(variant), [ANNOTATION_WRITTEN_SPEC]: writtenSpec(spec) };
  const status = { observedGeneration: 1, provenance: "Operator" as const };
  return { apiVersion: "", kind: "", metadata: { name: "n", namespace: "a", annotations }, spec, status, ...more };
}

describe("ownership", () => {
  it("is that of one variant, and not of a later one of the same name", () => {
    expect(isOwnedBy(variant, draft())).toBe(true);
    expect(isOwnedBy({ ...variant, metadata: { ...variant.metadata, uid: "2" } }, draft())).toBe(false);
    expect(variantNameOf(draft())).toBe("shop");
  });

  it("counts edits of files and of the spec, and not the lifecycle", () => {
    expect(isEditedDraft(draft())).toBe(false);
    expect(isEditedDraft(draft({ spec: { ...spec, lifecycle: "proposed" } }))).toBe(false);
    expect(isEditedDraft(draft({ spec: { ...spec, inputs: [{}] } }))).toBe(true);
    expect(isEditedDraft(draft({ status: { observedGeneration: 1, edited: true } }))).toBe(true);
    expect(isEditedDraft(draft({ status: { observedGeneration: 1, provenance: "External" } }))).toBe(true);
  });

  it("counts a draft without the digest as edited: nobody knows what was written", () => {
    expect(isEditedDraft(draft({ metadata: { name: "n", namespace: "a" } }))).toBe(true);
  });
});
