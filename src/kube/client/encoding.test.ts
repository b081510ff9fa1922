import { describe, expect, it } from "vitest";
import { asPartialMetadata, type Resource } from "../../api/meta.ts";
import { acceptList, acceptObject, PATCH_CONTENT_TYPES, toPage, withType } from "./encoding.ts";

const roles: Resource = { group: "rbac", version: "v1", plural: "roles", kind: "Role", namespaced: true };
const METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

describe("media types", () => {
  it("request whole objects, or metadata of a metadata-only resource", () => {
    expect([acceptObject(roles), acceptList(roles)]).toEqual(["application/json", "application/json"]);
    const metadata = asPartialMetadata(roles);
    expect([acceptObject(metadata), acceptList(metadata)]).toEqual([METADATA, METADATA_LIST]);
  });

  it("name each kind of patch as the API server expects it", () => {
    expect(PATCH_CONTENT_TYPES).toEqual({
      merge: "application/merge-patch+json",
      json: "application/json-patch+json",
      apply: "application/apply-patch+yaml",
    });
  });
});

describe("toPage", () => {
  const item = { metadata: { name: "a" } };

  it("adds apiVersion and kind to items of built-in kinds", () => {
    const page = toPage(roles, { items: [item, { ...item, kind: "Other" }], metadata: { resourceVersion: "7" } });
    expect(page.items).toEqual([
      { ...item, apiVersion: "rbac/v1", kind: "Role" },
      { ...item, kind: "Other" },
    ]);
    expect(page).toMatchObject({ resourceVersion: "7", continue: undefined, remaining: undefined });
    expect(toPage(asPartialMetadata(roles), { items: [item], metadata: {} }).items).toEqual([item]);
  });

  it("reports the next page, and understands an empty list", () => {
    const metadata = { continue: "token", remainingItemCount: 3 };
    const expected = { items: [], resourceVersion: "", continue: "token", remaining: 3 };
    expect(toPage(roles, { items: null, metadata })).toEqual(expected);
    expect(toPage(roles, { items: [], metadata: { continue: "" } }).continue).toBeUndefined();
  });
});

describe("withType", () => {
  it("writes the apiVersion of the core group without a slash", () => {
    const pods: Resource = { ...roles, group: "", kind: "Pod" };
    expect(withType(pods, { metadata: {} })).toEqual({ metadata: {}, apiVersion: "v1", kind: "Pod" });
  });
});
