import { beforeEach, describe, expect, it } from "vitest";
import type { KubeObject } from "../../api/meta.ts";
import type { PackageRevision, PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_KUBERNETES_VERSION, ANNOTATION_SYNC } from "../../api/v1alpha1/well-known.ts";
import { ENFORCED, type PolicyState } from "../../core/admission/policy-state.ts";
import { revisionKey, workspaceKey } from "../../core/identity/revision-key.ts";
import { aRepository, aRevision, condition } from "../../core/testing/observed.ts";
import { settling } from "../../core/testing/plan-cases.ts";
import type { PoliciesChanged } from "../admission-policies/monitor.ts";
import type { RepositoryEvent } from "../repository/events.ts";
import type { ShardsChanged } from "../sharding/ownership.ts";
import { EventChannel } from "../shared/event-channel.ts";
import { contentsIndexes } from "../shared/indexes.ts";
import { EnqueuedKeys } from "../shared/testing/enqueued.ts";
import { FakeInformer } from "../shared/testing/fake-informer.ts";
import type { FilesChecked } from "./checks/file-checks.ts";
import { type RevisionIndex, revisionIndexes } from "./indexes.ts";
import type { NeedsChanged } from "./needs/package-needs.ts";
import type { PackageProcessed } from "./processing/package-runs.ts";
import { UncheckedRequests } from "./unchecked-requests.ts";
import { UncheckedRules } from "./unchecked-rules.ts";
import { watchPackageRevisions } from "./watches.ts";

const onError = (error: unknown) => {
  throw error;
};

class Harness {
  readonly repositories = new FakeInformer<Repository>({});
  readonly revisions = new FakeInformer<PackageRevision, RevisionIndex>(revisionIndexes);
  readonly pages = new FakeInformer<KubeObject, "owner">(contentsIndexes);
  readonly git = new EventChannel<RepositoryEvent>(onError);
  readonly fileChecks = new EventChannel<FilesChecked>(onError);
  readonly processing = new EventChannel<PackageProcessed>(onError);
  readonly needsChanged = new EventChannel<NeedsChanged>(onError);
  readonly shards = new EventChannel<ShardsChanged>(onError);
  readonly policies = { channel: new EventChannel<PoliciesChanged>(onError) };
  readonly unchecked = new UncheckedRequests({ state: () => this.state });
  readonly rules = new UncheckedRules({ state: () => this.state });
  state: PolicyState = ENFORCED;
  /** The latest revision of every upstream. */
  upgrade: string | undefined;
  /** The latest revision of every package. */
  latest: string | undefined;
  /** The refs of the last question for it. */
  asked: Pick<ReadonlySet<string>, "has"> = new Set();
  readonly controller = new EnqueuedKeys();
  readonly changedTargets: string[] = [];
  readonly changedNeeds: string[] = [];
  readonly forgottenPages: string[] = [];
  readonly forgottenWrites: true[] = [];
  #version = 0;

  constructor() {
    watchPackageRevisions({
      ...this,
      ownership: { channel: this.shards },
      targets: { repositoryChanged: (key) => void this.changedTargets.push(key) },
      data: { repositoryChanged: (key) => void this.changedTargets.push(key) },
      needs: {
        revisionChanged: (next, previous) => void this.changedNeeds.push((next ?? previous)?.metadata.name ?? ""),
        repositoryChanged: (key) => void this.changedNeeds.push(key),
      },
      outdatedChanged: ({ status }) => status?.outdatedBy !== this.latest,
      upgradeChanged: ({ status }, refs) => {
        this.asked = refs;
        return status?.upgrade !== this.upgrade;
      },
      reconciler: {
        forgetWrites: () => void this.forgottenWrites.push(true),
        contents: {
          forget: (uid, owners) => void this.forgottenPages.push(`${uid} of ${owners.join()}`),
          forgetAll: () => void this.forgottenPages.push("all"),
        },
      },
    });
  }

  /** Stores a revision under `name`, and returns what that enqueues. */
  set(
    name: string,
    status?: Partial<PackageRevisionStatus>,
    spec: Partial<PackageRevisionSpec> = {},
  ): readonly string[] {
    const object = aRevision({ spec, ...(status !== undefined && { status }) });
    this.revisions.set({ ...object, metadata: { ...object.metadata, name, ...this.#nextVersion() } });
    return this.controller.take();
  }

  setRepository(object: Repository, metadata: Partial<Repository["metadata"]> = {}): readonly string[] {
    this.repositories.set({ ...object, metadata: { ...object.metadata, ...metadata, ...this.#nextVersion() } });
    return this.controller.take();
  }

  setPage(name: string, generation: number): readonly string[] {
    this.pages.set({ metadata: { namespace: "default", name, uid: "1", generation, ...this.#nextVersion() } });
    return this.controller.take();
  }

  emit(event: RepositoryEvent): readonly string[] {
    this.git.emit(event);
    return this.controller.take();
  }

  #nextVersion(): { readonly resourceVersion: string } {
    this.#version += 1;
    return { resourceVersion: String(this.#version) };
  }
}

const failed = { ...condition("Ready", "False"), reason: "ConnectionFailed", message: "try 1" };
const stalled = { ...condition("Ready", "False"), reason: "ContentConflict" };

describe("watches of the PackageRevision controller", () => {
  let watches: Harness;
  beforeEach(() => {
    watches = new Harness();
  });

  it("enqueues a revision that changes, and not for its own status text", () => {
    expect(watches.set("a")).toEqual(["default/a"]);
    expect(watches.set("a", { conditions: [failed] })).toEqual(["default/a"]);
    expect(watches.set("a", { conditions: [{ ...failed, message: "try 2" }] })).toEqual([]);
    watches.revisions.delete("default/a");
    expect(watches.controller.take()).toEqual(["default/a"]);
  });

  it("enqueues a draft whose verdicts nobody has checked, once the policies are enforced again", () => {
    const gates = [{ conditionType: "scanned", digest: `sha256:${"1".repeat(64)}`, status: "True" as const }];
    watches.set("judged", { lifecycle: "draft", gates });
    watches.set("plain", { lifecycle: "draft" });
    const become = (state: PolicyState) => {
      watches.state = state;
      watches.policies.channel.emit({ kind: "policiesChanged", state });
      return watches.controller.take();
    };
    expect(become(settling)).toEqual(["default/judged"]);
    expect(become(ENFORCED)).toEqual(["default/judged"]);
    watches.revisions.delete("default/judged");
    watches.set("judged", { lifecycle: "draft", gates });
    expect(become(ENFORCED)).toEqual([]);
  });

  it("enqueues what was made from a package of which there is a later revision, once", () => {
    const upstreamLock = { repository: "catalog", package: "lib", revision: "v1", commit: "c", digest: "d" };
    watches.set("open", { lifecycle: "draft", upstreamLock });
    watches.set("old", { lifecycle: "published", upstreamLock });
    watches.set("other", { lifecycle: "draft", upstreamLock: { ...upstreamLock, repository: "others" } });
    const emit = (ref: string) => {
      const changed = new Map([[ref, []]]);
      return watches.emit({ kind: "revisionsChanged", repository: "default/catalog", changed });
    };
    expect(emit("refs/tags/lib/v1")).toEqual([]);
    watches.upgrade = "v2";
    expect(emit("refs/heads/lib/draft")).toEqual([]);
    expect(emit("refs/tags/lib/v2")).toEqual(["default/open low"]);
    watches.set("open", { lifecycle: "draft", upstreamLock, upgrade: "v2" });
    expect(emit("refs/tags/lib/v2")).toEqual([]);
    expect(watches.asked.has("refs/tags/lib/v2")).toBe(true);
  });

  it("enqueues drafts and proposals that are behind their package, or not any more, once", () => {
    watches.set("open", { lifecycle: "draft", base: { revision: "v1" } });
    const emit = (ref: string) => {
      const changed = new Map([[ref, []]]);
      return watches.emit({ kind: "revisionsChanged", repository: "default/blue", changed });
    };
    expect(emit("refs/tags/web/v1")).toEqual([]);
    watches.latest = "v2";
    expect(emit("refs/heads/web/draft")).toEqual([]);
    expect(emit("refs/tags/web/v2")).toEqual(["default/open low"]);
  });

  it("enqueues discovered revisions with low priority", () => {
    expect(watches.set("a", undefined, { lifecycle: "published" })).toEqual(["default/a low"]);
    expect(watches.set("a", { lifecycle: "published" }, { lifecycle: "published" })).toEqual(["default/a"]);
  });

  it("enqueues the owner of contents that were edited or deleted, and not when they are created", () => {
    expect(watches.setPage("a", 1)).toEqual([]);
    expect(watches.setPage("a", 1)).toEqual([]);
    expect(watches.setPage("a", 2)).toEqual(["default/a"]);
    expect(watches.setPage("a.page-2", 3)).toEqual(["default/a"]);
    watches.pages.delete("default/a.page-2");
    expect(watches.controller.take()).toEqual(["default/a"]);
    expect(watches.forgottenPages).toEqual(["1 of default/a"]);
  });

  it("enqueues all revisions of a Repository whose spec changed, that is deleted, or whose Ready changed", () => {
    watches.set("a");
    const blue = aRepository();
    expect(watches.setRepository(blue)).toEqual(["default/a low"]);
    expect(watches.setRepository(blue, { generation: 2 })).toEqual(["default/a low"]);
    const ready = aRepository({}, { ready: condition("Ready", "True") });
    expect(watches.setRepository(ready, { generation: 2 })).toEqual(["default/a low"]);
    expect(
      watches.setRepository(
        { ...ready, status: { observedGeneration: 1, ...ready.status, packages: 2 } },
        { generation: 2 },
      ),
    ).toEqual([]);
    const deletionTimestamp = "2025-01-02T03:04:05Z";
    expect(watches.setRepository(ready, { generation: 2, deletionTimestamp })).toEqual(["default/a low"]);
    watches.repositories.delete("default/blue");
    expect(watches.controller.take()).toEqual(["default/a low"]);
  });

  it("enqueues all revisions of a Repository whose packages are for another version of Kubernetes", () => {
    watches.set("a");
    const blue = aRepository();
    watches.setRepository(blue);
    const annotations = { [ANNOTATION_KUBERNETES_VERSION]: "1.31" };
    expect(watches.setRepository(blue, { annotations })).toEqual(["default/a low"]);
    expect(watches.setRepository(blue, { annotations: { ...annotations, other: "1" } })).toEqual([]);
    expect(watches.setRepository(blue, {})).toEqual(["default/a low"]);
  });

  it("enqueues revisions that failed once a requested sync is done, not when it is requested", () => {
    watches.set("a", { conditions: [stalled] });
    watches.set("b", { conditions: [condition("Ready", "True")] });
    const blue = aRepository();
    watches.setRepository(blue);
    const annotations = { [ANNOTATION_SYNC]: "now" };
    expect(watches.setRepository(blue, { annotations })).toEqual([]);
    const handled = { ...blue, status: { observedGeneration: 1, lastHandledSyncRequest: "now" } };
    expect(watches.setRepository(handled, { annotations })).toEqual(["default/a low"]);
  });

  it("enqueues the revisions that Git has changes for, whatever their names are", () => {
    const id = (workspace: string, more = {}) => {
      return { packageRevID: { repository: "blue", package: "dns", workspace, ...more } };
    };
    watches.set("draft", { lifecycle: "draft" }, id("one"));
    watches.set("published", { lifecycle: "published", revision: "v1" }, id("two"));
    watches.set("catalog.blue.dns.one", { lifecycle: "draft" }, id("one", { package: "web" }));
    const dns = { package: "dns" };
    const changed = new Map([
      ["refs/heads/dns/one", [workspaceKey("blue", dns, "one")]],
      ["refs/tags/dns/v1", [revisionKey("blue", dns, "v1")]],
      ["refs/heads/dns/missing", [workspaceKey("blue", dns, "missing")]],
    ]);
    expect(watches.emit({ kind: "revisionsChanged", repository: "default/blue", changed })).toEqual([
      "default/draft",
      "default/published",
    ]);
  });

  it("enqueues the revisions that wait for a change in the Repository", () => {
    const upstream = { repository: "blue", package: "base" };
    const packageRevID = { repository: "green", package: "dns", workspace: "one" };
    watches.set("clone", undefined, { upstream, packageRevID });
    watches.set("begins");
    watches.set("approved", { lifecycle: "proposed", waitingFor: ["MainDiverged"] }, { lifecycle: "published" });
    watches.set("rejected", { lifecycle: "proposed", waitingFor: ["PushRejected"] }, { lifecycle: "published" });
    watches.set("draft", { lifecycle: "draft" });
    expect(watches.emit({ kind: "revisionsChanged", repository: "default/blue", changed: new Map() })).toEqual([
      "default/approved",
      "default/begins",
      "default/clone",
    ]);
  });

  it("enqueues all revisions of a Repository with low priority when it was read for the first time", () => {
    const upstream = { repository: "blue", package: "base" };
    const packageRevID = { repository: "green", package: "dns", workspace: "one" };
    watches.set("clone", undefined, { upstream, packageRevID });
    watches.set("draft", { lifecycle: "draft" });
    expect(watches.emit({ kind: "firstSynced", repository: "default/blue" })).toEqual([
      "default/clone",
      "default/draft low",
    ]);
  });

  it("retries revisions that failed for a passing reason as soon as a fetch succeeds", () => {
    watches.set("failed", { conditions: [failed] });
    watches.set("stalled", { conditions: [stalled] });
    expect(watches.emit({ kind: "fetched", repository: "default/blue" })).toEqual(["default/failed"]);
  });

  it("enqueues revisions whose contents change place, or whose files were checked, with low priority", () => {
    expect(watches.emit({ kind: "retentionChanged", revisions: ["default/a"] })).toEqual(["default/a low"]);
    watches.fileChecks.emit({ kind: "filesChecked", revision: "default/b" });
    expect(watches.controller.take()).toEqual(["default/b low"]);
  });

  it("leaves a refused push to the Repository controller", () => {
    watches.set("failed", { conditions: [failed] });
    expect(watches.emit({ kind: "accessRefused", repository: "default/blue" })).toEqual([]);
  });

  it("forgets its writes and enqueues everything after a relist of revisions or contents", () => {
    watches.set("a");
    watches.revisions.relist();
    expect(watches.controller.take()).toEqual(["default/a low"]);
    watches.pages.relist();
    expect(watches.controller.take()).toEqual(["default/a low"]);
    expect(watches.forgottenWrites).toHaveLength(2);
  });

  it("enqueues only revisions of the namespace that was listed again", () => {
    watches.set("a");
    watches.pages.relist("other");
    expect(watches.controller.take()).toEqual([]);
    watches.pages.relist("default");
    expect(watches.controller.take()).toEqual(["default/a low"]);
  });

  it("enqueues only revisions without a Repository after a rebalance", () => {
    watches.set("a");
    const packageRevID = { repository: "missing", package: "dns", workspace: "one" };
    watches.set("b", undefined, { packageRevID });
    watches.setRepository(aRepository());
    watches.shards.emit({ kind: "shardsChanged" });
    expect(watches.controller.take()).toEqual(["default/b low"]);
  });

  it("enqueues proposals and deletions, when the state of the admission policies changes", () => {
    watches.set("draft", { lifecycle: "draft" });
    watches.set("proposed", { lifecycle: "proposed" });
    watches.set("approved", { lifecycle: "proposed" }, { lifecycle: "published" });
    watches.set("published", { lifecycle: "published" });
    const deleted = aRevision({ status: { lifecycle: "deletionProposed" }, deleted: true });
    watches.revisions.set({ ...deleted, metadata: { ...deleted.metadata, name: "deleted" } });
    watches.controller.take();
    watches.policies.channel.emit({ kind: "policiesChanged", state: ENFORCED });
    expect(watches.controller.take()).toEqual(["default/approved", "default/deleted", "default/proposed"]);
    expect(watches.forgottenPages).toEqual(["all"]);
  });
});
