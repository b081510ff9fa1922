import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { upstreamResolver } from "./resolve-target.ts";

const specOf = (revision?: string): PackageVariantSpec => ({
  upstream: { repository: "catalog", package: "shop", ...(revision !== undefined && { revision }) },
  downstream: { repository: "deployments", package: "shop" },
});
const repository: Repository = {
  apiVersion: "",
  kind: "",
  metadata: { name: "catalog", namespace: "a", generation: 1 },
  spec: {},
  status: { observedGeneration: 1, lastSyncTime: "2026-01-01T00:00:00Z" },
};
const revision = (number: string, status: object = {}): PackageRevision => ({
  apiVersion: "",
  kind: "",
  metadata: { name: number, namespace: "a" },
  spec: { packageRevID: { ...specOf().upstream, workspace: number }, lifecycle: "published" },
  status: { observedGeneration: 1, lifecycle: "published", revision: number, ...status },
});
const resolve = (
  spec: PackageVariantSpec,
  {
    present,
    revisions = ["v1", "v2"].map((one) => revision(one)),
    repositories = [repository],
  }: {
    present?: PackageVariantSpec;
    revisions?: readonly PackageRevision[];
    repositories?: readonly Repository[];
  } = {},
) => upstreamResolver({ repositories, revisionsOf: () => revisions })(spec, present);
const bound = (one: string) => ({ kind: "resolved", spec: specOf(one) });

describe("upstreamResolver", () => {
  it("binds latest and ranges to a revision, and leaves exact ones as they are", () => {
    expect(resolve(specOf())).toEqual(bound("v2"));
    expect(resolve(specOf("latest"))).toEqual(bound("v2"));
    expect(resolve(specOf("<2"))).toEqual(bound("v1"));
    expect(resolve(specOf("v9"), { repositories: [] })).toEqual(bound("v9"));
  });

  it("goes back to no earlier revision because upstream has deleted one", () => {
    expect(resolve(specOf(), { present: specOf("v3") })).toEqual(bound("v3"));
    const elsewhere = { ...specOf("v3"), upstream: { ...specOf("v3").upstream, package: "other" } };
    expect(resolve(specOf(), { present: elsewhere })).toEqual(bound("v2"));
    const going = [revision("v1"), revision("v2", { lifecycle: "deletionProposed" })];
    expect(resolve(specOf(), { revisions: going })).toEqual(bound("v1"));
    expect(resolve(specOf(), { revisions: going, present: specOf("v2") })).toEqual(bound("v2"));
  });

  it("reports what is missing, and what is not read yet", () => {
    const failed = (reason: string) => ({ kind: "failed", reason });
    expect(resolve(specOf(), { repositories: [] })).toMatchObject(failed("RepositoryNotFound"));
    const { status: _status, ...unread } = repository;
    expect(resolve(specOf(), { repositories: [unread] })).toMatchObject(failed("RepositoryNotReady"));
    const found = revision("v3", { observedGeneration: -1, lifecycle: undefined });
    expect(resolve(specOf(), { revisions: [revision("v1"), found] })).toMatchObject(failed("RepositoryNotReady"));
    expect(resolve(specOf(), { revisions: [] })).toMatchObject(failed("UpstreamNotFound"));
    expect(resolve(specOf("newest"))).toMatchObject(failed("InvalidRevision"));
  });
});
