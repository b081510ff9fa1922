import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_VARIANT } from "../../api/v1alpha1/well-known.ts";
import type { DownstreamRevision, VariantObservation } from "./observation.ts";
import { planVariant } from "./plan.ts";
import { workspaceOf } from "./workspace.ts";

const SPEC: PackageVariantSpec = {
  upstream: { repository: "catalog", package: "shop" },
  downstream: { target: "edge1", repository: "deployments", package: "shop" },
};
const WORKSPACE = workspaceOf(SPEC);
const withInput: PackageVariantSpec = { ...SPEC, packageContext: { inputs: [{ kind: "A" }] } };

const repository: Repository = {
  apiVersion: "",
  kind: "",
  metadata: { name: "r", namespace: "a", generation: 1 },
  spec: {},
  status: { observedGeneration: 1, lastSyncTime: "2026-01-01T00:00:00Z" },
};

function plan(
  downstream: readonly DownstreamRevision[],
  spec = SPEC,
  upstreamRevisions: readonly string[] = ["v1"],
  more: Partial<VariantObservation> = {},
) {
  const variant: PackageVariant = { apiVersion: "", kind: "", metadata: { name: "shop", namespace: "a" }, spec };
  const observed = { upstreamRepository: repository, downstreamRepository: repository, elsewhere: [] };
  return planVariant({ variant, upstreamRevisions, downstream, ...observed, ...more });
}

interface Made {
  readonly workspace?: string;
  readonly from?: string;
  readonly number?: string;
  readonly package?: string;
  readonly status?: Partial<PackageRevision["status"]>;
}

function revision(
  lifecycle: "draft" | "proposed" | "published",
  { workspace = WORKSPACE, from = "v1", number = "v1", ...made }: Made = {},
  marks: Partial<DownstreamRevision> = {},
): DownstreamRevision {
  const lock = { revision: from, commit: "c", digest: "d" };
  const object: PackageRevision = {
    apiVersion: "",
    kind: "",
    metadata: { name: `shop.${workspace}`, namespace: "a" },
    spec: {
      packageRevID: { ...SPEC.downstream, ...(made.package !== undefined && { package: made.package }), workspace },
      lifecycle,
      upstream: { ...SPEC.upstream, revision: from },
    },
    status: {
      observedGeneration: 1,
      lifecycle,
      upstreamLock: lock,
      ...(lifecycle === "published" && { revision: number }),
      ...made.status,
    },
  };
  return { object, isOwned: true, isEdited: false, ...marks };
}

const reported = (reason: string, state: string) => ({ kind: "report", readiness: { state, reason } });

describe("planVariant", () => {
  it("clones the upstream where the downstream package does not exist", () => {
    expect(plan([], withInput)).toEqual({
      kind: "createDraft",
      upstreamRevision: "v1",
      workspace: workspaceOf(withInput),
      spec: {
        packageRevID: { ...SPEC.downstream, workspace: workspaceOf(withInput) },
        upstream: { ...SPEC.upstream, revision: "v1" },
        tasks: [{ type: "clone" }],
        inputs: [{ kind: "A" }],
      },
    });
  });

  it("expects more of a draft of which nothing is known yet, since it was created", () => {
    const creationTimestamp = "2026-01-01T00:00:00Z";
    const begins = revision("draft", { status: { lifecycle: undefined } as never });
    const created = {
      ...begins,
      object: { ...begins.object, metadata: { ...begins.object.metadata, creationTimestamp } },
    };
    expect(plan([created])).toMatchObject({ expectedSince: creationTimestamp });
    const conditions = [{ type: "Ready", status: "False", reason: "UpstreamNotReady", message: "wait" }];
    const blocked = { ...created, object: { ...created.object, status: { conditions } as never } };
    expect(plan([blocked])).not.toHaveProperty("expectedSince");
    expect(plan([revision("draft")])).not.toHaveProperty("expectedSince");
  });

  it("reports its draft, its proposal and what is published", () => {
    const begins = revision("draft", { status: { lifecycle: undefined } as never });
    expect(plan([begins])).toMatchObject(reported("DraftBeginning", "reconciling"));
    expect(plan([revision("draft")])).toMatchObject(reported("DraftReady", "ready"));
    expect(plan([revision("draft", {}, { isEdited: true })])).toMatchObject(reported("DraftReady", "ready"));
    expect(plan([revision("proposed")])).toMatchObject(reported("Proposed", "ready"));
    expect(plan([revision("published")])).toMatchObject(reported("Published", "ready"));
  });

  it("reports a draft that needs a user", () => {
    const condition = {
      type: "Stalled",
      status: "True" as const,
      observedGeneration: 1,
      lastTransitionTime: "2026-01-01T00:00:00Z",
      reason: "MergeTooLarge",
      message: "is too large",
    };
    const message = expect.stringContaining(": MergeTooLarge: is too large");
    expect(plan([revision("draft", { status: { conditions: [condition] } })])).toMatchObject({
      kind: "report",
      readiness: { state: "stalled", reason: "DraftStalled", message },
    });
  });

  it("waits for Repositories that are not read, and reports missing ones", () => {
    const { status: _status, ...unread } = repository;
    const notReady = reported("RepositoryNotReady", "reconciling");
    expect(plan([], SPEC, [], { upstreamRepository: unread })).toMatchObject(notReady);
    expect(plan([], SPEC, ["v1"], { downstreamRepository: unread })).toMatchObject(notReady);
    const changed = { ...repository, metadata: { ...repository.metadata, generation: 2 } };
    expect(plan([], SPEC, ["v1"], { downstreamRepository: changed })).toMatchObject(notReady);
    const found = revision("published", { workspace: "v1", status: { observedGeneration: -1 } }, { isOwned: false });
    expect(plan([found])).toMatchObject(notReady);
    expect(plan([], SPEC, ["v1"], { behindGit: ["downstream"] })).toMatchObject(notReady);
    const deleted = { ...repository, metadata: { ...repository.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
    expect(plan([], SPEC, ["v1"], { downstreamRepository: deleted })).toMatchObject(
      reported("RepositoryNotFound", "stalled"),
    );
  });

  it("upgrades what is published when upstream has a newer revision, in a workspace of its own", () => {
    const spec: PackageVariantSpec = { ...SPEC, upgradeStrategy: "replace" };
    expect(plan([revision("published")], spec, ["v1", "v2"])).toMatchObject({
      kind: "createDraft",
      upstreamRevision: "v2",
      workspace: `${WORKSPACE}-v2`,
      spec: { tasks: [{ type: "upgrade" }], upstream: { revision: "v2" }, upgradeStrategy: "replace" },
    });
  });

  it("keeps what it has when upstream deletes the revision that it was made from", () => {
    expect(plan([revision("published", { from: "v2" })])).toMatchObject(reported("Published", "ready"));
    expect(plan([revision("published", { from: "v2" })], SPEC, [])).toMatchObject(reported("Published", "ready"));
  });

  it("goes back to an earlier revision that the spec names", () => {
    const spec: PackageVariantSpec = { ...SPEC, upstream: { ...SPEC.upstream, revision: "v1" } };
    expect(plan([revision("published", { from: "v2" })], spec)).toMatchObject({
      kind: "createDraft",
      spec: { tasks: [{ type: "upgrade" }], upstream: { revision: "v1" } },
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
    expect(plan([draft], withInput)).toMatchObject({ kind: "deleteDraft", draft: draft.object });
    expect(plan([revision("draft", {}, { isEdited: true })], withInput)).toMatchObject(
      reported("DraftEdited", "stalled"),
    );
    expect(plan([revision("proposed")], withInput)).toMatchObject(reported("ProposalOutdated", "stalled"));
  });

  it("deletes a second draft of its own, and keeps the one of the present spec", () => {
    const [old, current] = [revision("draft"), revision("draft", { workspace: workspaceOf(withInput) })];
    expect(plan([old, current], withInput)).toMatchObject({ kind: "deleteDraft", draft: old.object });
    expect(plan([current, old], withInput)).toMatchObject({ kind: "deleteDraft", draft: old.object });
  });

  it("leaves a package of others alone, unless the spec adopts it", () => {
    const foreign = revision("published", { workspace: "by-hand" }, { isOwned: false });
    expect(plan([foreign])).toMatchObject(reported("DownstreamExists", "stalled"));
    const adopting: PackageVariantSpec = { ...SPEC, adoptionPolicy: "adoptExisting" };
    expect(plan([foreign], adopting)).toMatchObject({ kind: "adopt", revisions: [foreign.object] });
    const draft = revision("draft", { workspace: "by-hand" }, { isOwned: false });
    expect(plan([draft], adopting)).toMatchObject(reported("DownstreamExists", "stalled"));
  });

  it("cannot upgrade an adopted package of which nobody knows what it was made from, but replace it", () => {
    const adopted = revision("published", { workspace: "by-hand", status: { upstreamLock: undefined } as never });
    expect(plan([adopted])).toMatchObject(reported("UpstreamUnknown", "stalled"));
    expect(plan([adopted], { ...SPEC, upgradeStrategy: "replace" })).toMatchObject({
      kind: "createDraft",
      spec: { tasks: [{ type: "clone" }] },
    });
  });

  it("knows what it made for this very spec after the cluster was lost, and nothing that others pushed", () => {
    const made = revision("published", { status: { provenance: "Operator" } }, { isOwned: false });
    expect(plan([made])).toMatchObject({ kind: "adopt", revisions: [made.object] });
    const draft = revision("draft", { status: { provenance: "Operator" } }, { isOwned: false });
    expect(plan([draft])).toMatchObject({ kind: "adopt", revisions: [draft.object] });
    const pushed = revision("published", { status: { provenance: "External" } }, { isOwned: false });
    expect(plan([pushed])).toMatchObject(reported("DownstreamExists", "stalled"));
  });

  it("makes no draft for a spec that names the same revision of the upstream otherwise", () => {
    const naming = (named: string): PackageVariantSpec => ({
      ...SPEC,
      upstream: { ...SPEC.upstream, revision: named },
    });
    const kept = [revision("published")];
    for (const spec of [naming("v1"), naming("latest")]) {
      expect(plan(kept, spec)).toMatchObject(reported("Published", "ready"));
      expect(plan([revision("draft")], spec)).toMatchObject(reported("DraftReady", "ready"));
    }
    const bound = revision("published", { workspace: workspaceOf(naming("v1")) });
    expect(plan([bound])).toMatchObject(reported("Published", "ready"));
    expect(plan([bound], naming("v2"), ["v1", "v2"])).toMatchObject({ kind: "createDraft" });
    expect(plan([bound], { ...naming("v1"), deletionPolicy: "orphan" })).toMatchObject({ kind: "createDraft" });
    // After the cluster was lost, with a later revision.
    const made = revision(
      "published",
      { workspace: workspaceOf(naming("v1")), status: { provenance: "Operator" } },
      { isOwned: false },
    );
    expect(plan([made], naming("v2"), ["v1", "v2"])).toMatchObject({ kind: "adopt", revisions: [made.object] });
  });

  it("leaves the package to an older variant, and to the one whose revisions are in it", () => {
    expect(plan([], SPEC, ["v1"], { rival: "older" })).toMatchObject(reported("DownstreamTaken", "stalled"));
    const other = revision("published", { status: { provenance: "Operator" } }, { isOwned: false, owner: "other" });
    const adopting: PackageVariantSpec = { ...SPEC, adoptionPolicy: "adoptExisting" };
    expect(plan([other], adopting)).toMatchObject(reported("DownstreamTaken", "stalled"));
    const marked = {
      ...other.object,
      metadata: { ...other.object.metadata, annotations: { [ANNOTATION_VARIANT]: "shop/1" } },
    };
    const former = { ...other, owner: undefined, object: marked } as unknown as DownstreamRevision;
    expect(plan([former])).toMatchObject(reported("DownstreamExists", "stalled"));
  });

  it("is not driven out of its package by an older variant that names the package later", () => {
    expect(plan([revision("published")], SPEC, ["v1"], { rival: "older" })).toMatchObject(
      reported("Published", "ready"),
    );
    const other = revision("draft", { workspace: "pv-1" }, { isOwned: false, owner: "older" });
    const both = plan([revision("published"), other], SPEC, ["v1"], { rival: "older" });
    expect(both).toMatchObject(reported("DownstreamTaken", "stalled"));
  });

  it("makes nothing of the package that it makes", () => {
    const spec = { ...SPEC, upstream: SPEC.downstream };
    expect(plan([], spec)).toMatchObject(reported("UpstreamIsDownstream", "stalled"));
    expect(plan([], { ...SPEC, upstream: { ...SPEC.downstream, target: "edge2" } })).toMatchObject({
      kind: "createDraft",
    });
  });

  it("ignores drafts of others beside its own package", () => {
    const foreign = revision("draft", { workspace: "by-hand" }, { isOwned: false });
    expect(plan([revision("published"), foreign])).toMatchObject(reported("Published", "ready"));
  });

  describe("after the downstream package has another name", () => {
    const former = revision("published", { package: "store", workspace: "pv-1" });

    it("makes the new package first, and replaces drafts of the former one", () => {
      expect(plan([], SPEC, ["v1"], { elsewhere: [former] })).toMatchObject({ kind: "createDraft" });
      const draft = revision("draft", { package: "store", workspace: "pv-1" });
      expect(plan([], SPEC, ["v1"], { elsewhere: [draft] })).toMatchObject({
        kind: "deleteDraft",
        draft: draft.object,
      });
    });

    it("retires the former package once the new one is published", () => {
      const elsewhere = [former];
      expect(plan([revision("proposed")], SPEC, ["v1"], { elsewhere })).toMatchObject(reported("Proposed", "ready"));
      expect(plan([revision("published")], SPEC, ["v1"], { elsewhere })).toMatchObject({
        kind: "retire",
        revisions: [former.object],
      });
    });

    it("tells of drafts there that users have touched", () => {
      const elsewhere = [revision("draft", { package: "store", workspace: "pv-1" }, { isEdited: true })];
      const message = expect.stringContaining("1 draft or proposal of its former package stay");
      expect(plan([revision("published")], SPEC, ["v1"], { elsewhere })).toMatchObject({
        kind: "report",
        readiness: { state: "ready", reason: "Published", message },
      });
    });
  });

  it("reports an upstream revision that does not exist, or is none", () => {
    expect(plan([], SPEC, [])).toMatchObject(reported("UpstreamNotFound", "stalled"));
    const invalid: PackageVariantSpec = { ...SPEC, upstream: { ...SPEC.upstream, revision: "newest" } };
    expect(plan([], invalid)).toMatchObject(reported("InvalidRevision", "stalled"));
  });
});
