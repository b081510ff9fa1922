import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import type { DownstreamRevision } from "./observation.ts";
import { planVariant } from "./plan.ts";
import { workspaceOf } from "./workspace.ts";

const SPEC: PackageVariantSpec = {
  upstream: { repository: "catalog", package: "shop" },
  downstream: { target: "edge1", repository: "deployments", package: "shop" },
};
const WORKSPACE = workspaceOf(SPEC);
const withInput: PackageVariantSpec = { ...SPEC, packageContext: { inputs: [{ kind: "A" }] } };

function plan(downstream: readonly DownstreamRevision[], spec = SPEC, upstreamRevisions: readonly string[] = ["v1"]) {
  const metadata = { name: "shop", namespace: "a" };
  const variant: PackageVariant = { apiVersion: "", kind: "", metadata, spec };
  return planVariant({ variant, upstreamRevisions, downstream });
}

function revision(
  lifecycle: "draft" | "proposed" | "published",
  made: { readonly workspace?: string; readonly from?: string; readonly number?: string } = {},
  marks: Partial<DownstreamRevision> = {},
): DownstreamRevision {
  const { workspace = WORKSPACE, from = "v1", number = "v1" } = made;
  const object: PackageRevision = {
    apiVersion: "",
    kind: "",
    metadata: { name: `shop.${workspace}`, namespace: "a" },
    spec: {
      packageRevID: { ...SPEC.downstream, workspace },
      lifecycle,
      upstream: { ...SPEC.upstream, revision: from },
    },
    status: { observedGeneration: 1, lifecycle, ...(lifecycle === "published" && { revision: number }) },
  };
  return { object, isOwned: true, isEdited: false, ...marks };
}

const reported = (reason: string, state: string) => ({ kind: "report", readiness: { state, reason } });

describe("planVariant", () => {
  it("clones the upstream where the downstream package does not exist", () => {
    expect(plan([], withInput)).toEqual({
      kind: "createDraft",
      workspace: workspaceOf(withInput),
      spec: {
        packageRevID: { ...SPEC.downstream, workspace: workspaceOf(withInput) },
        upstream: { ...SPEC.upstream, revision: "v1" },
        tasks: [{ type: "clone" }],
        inputs: [{ kind: "A" }],
      },
    });
  });

  it("waits while its draft, or its proposal, is not published", () => {
    expect(plan([revision("draft")])).toMatchObject(reported("DraftPending", "reconciling"));
    expect(plan([revision("draft", {}, { isEdited: true })])).toMatchObject(reported("DraftPending", "reconciling"));
    expect(plan([revision("proposed")])).toMatchObject(reported("ProposalPending", "reconciling"));
    expect(plan([revision("published")])).toMatchObject(reported("Published", "ready"));
  });

  it("upgrades what is published when upstream has a newer revision, in a workspace of its own", () => {
    const spec: PackageVariantSpec = { ...SPEC, upgradeStrategy: "replace" };
    expect(plan([revision("published")], spec, ["v1", "v2"])).toMatchObject({
      kind: "createDraft",
      workspace: `${WORKSPACE}-v2`,
      spec: { tasks: [{ type: "upgrade" }], upstream: { revision: "v2" }, upgradeStrategy: "replace" },
    });
  });

  it("begins from the latest revision, without a task, when only the inputs change", () => {
    const next = plan([revision("published")], withInput);
    expect(next).toMatchObject({ kind: "createDraft", workspace: workspaceOf(withInput) });
    expect(next).not.toHaveProperty("spec.tasks");
  });

  it("makes a new draft when a change is undone after it was published", () => {
    const second = revision("published", { workspace: workspaceOf(withInput), number: "v2" });
    expect(plan([revision("published"), second])).toMatchObject({
      kind: "createDraft",
      workspace: `${WORKSPACE}-v1`,
    });
  });

  it("replaces its own draft, and none that is edited or proposed", () => {
    const draft = revision("draft");
    expect(plan([draft], withInput)).toEqual({ kind: "deleteDraft", draft: draft.object });
    expect(plan([revision("draft", {}, { isEdited: true })], withInput)).toMatchObject(
      reported("DraftEdited", "stalled"),
    );
    expect(plan([revision("proposed")], withInput)).toMatchObject(reported("ProposalPending", "stalled"));
  });

  it("leaves a package of others alone, unless the spec adopts it", () => {
    const foreign = revision("published", { workspace: "by-hand" }, { isOwned: false });
    expect(plan([foreign])).toMatchObject(reported("DownstreamExists", "stalled"));
    const adopting: PackageVariantSpec = { ...SPEC, adoptionPolicy: "adoptExisting" };
    expect(plan([foreign], adopting)).toEqual({ kind: "adopt", revisions: [foreign.object] });
    const draft = revision("draft", { workspace: "by-hand" }, { isOwned: false });
    expect(plan([draft], adopting)).toMatchObject(reported("DownstreamExists", "stalled"));
  });

  it("reports an upstream revision that does not exist, or is none", () => {
    expect(plan([], SPEC, [])).toMatchObject(reported("UpstreamNotFound", "stalled"));
    const invalid: PackageVariantSpec = { ...SPEC, upstream: { ...SPEC.upstream, revision: "newest" } };
    expect(plan([], invalid)).toMatchObject(reported("InvalidRevision", "stalled"));
  });
});
