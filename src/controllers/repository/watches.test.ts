import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KubeObject } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../api/v1alpha1/well-known.ts";
import { ENFORCED } from "../../core/admission/policy-state.ts";
import { workspaceKey } from "../../core/identity/revision-key.ts";
import { RepositoriesByAge } from "../../core/repository/repositories-by-age.ts";
import { aRepository, aRevision, condition } from "../../core/testing/observed.ts";
import type { PoliciesChanged } from "../admission-policies/monitor.ts";
import type { ShardsChanged } from "../sharding/ownership.ts";
import { EventChannel } from "../shared/event-channel.ts";
import { type SharedRevisionIndex, sharedRevisionIndexes } from "../shared/indexes.ts";
import { EnqueuedKeys } from "../shared/testing/enqueued.ts";
import { FakeInformer } from "../shared/testing/fake-informer.ts";
import type { RepositoryEvent } from "./events.ts";
import { type RepositoryIndex, repositoryIndexes } from "./indexes.ts";
import type { RepositoryCache } from "./repository-cache.ts";
import { watchRepositories } from "./watches.ts";

const onError = (error: unknown) => {
  throw error;
};

/** The watches of one replica; `green` is another replica's Repository. */
class Harness {
  readonly repositories = new FakeInformer<Repository, RepositoryIndex>(repositoryIndexes);
  readonly revisions = new FakeInformer<PackageRevision, SharedRevisionIndex>(sharedRevisionIndexes);
  readonly secrets = new FakeInformer<KubeObject>({});
  readonly byAge = new RepositoriesByAge();
  readonly maxRepositories = 3;
  readonly channel = new EventChannel<RepositoryEvent>(onError);
  readonly controller = new EnqueuedKeys();
  readonly policyReports = new EnqueuedKeys();
  readonly shards = new EventChannel<ShardsChanged>(onError);
  readonly policies = { channel: new EventChannel<PoliciesChanged>(onError) };
  readonly expired: string[] = [];
  /** Repositories whose fetch was ended. */
  readonly cancelled: string[] = [];
  /** Repositories of other replicas that are read here. */
  readonly read = new Set<string>();
  /** Repositories whose main lost a part of its history. */
  readonly rewritten = new Set<string>();
  /** How far main was followed, by the Repository's key. */
  readonly followed = new Map<string, string>();
  #version = 0;

  constructor() {
    const expire = (key: string) => void this.expired.push(key);
    watchRepositories({
      ...this,
      ownership: { channel: this.shards, ownsRepository: ({ metadata }) => metadata.name !== "green" },
      reader: { expire },
      foreign: { expire: (key) => this.read.has(key) },
      registry: { get: (key) => this.#cacheOf(key) },
      mirrors: { cancelFetch: async (key) => void this.cancelled.push(key) },
      onError,
    });
  }

  #cacheOf(key: string): RepositoryCache {
    const rewrite = this.rewritten.has(key) ? { ref: "refs/heads/main", lost: "1", now: "2" } : undefined;
    return { store: { rewrite, followed: this.followed.get(key) } } as RepositoryCache;
  }

  setRepository(object: Repository, metadata: Partial<Repository["metadata"]> = {}): readonly string[] {
    this.repositories.set({ ...object, metadata: { ...object.metadata, ...metadata, ...this.#nextVersion() } });
    return this.controller.take();
  }

  setRevision(status?: Partial<PackageRevisionStatus>, upstream?: string): readonly string[] {
    const spec = upstream === undefined ? {} : { upstream: { repository: upstream, package: "base" } };
    const object = aRevision({ spec, ...(status !== undefined && { status }) });
    this.revisions.set({ ...object, metadata: { ...object.metadata, ...this.#nextVersion() } });
    return this.controller.take();
  }

  /** The keys that are enqueued within this time. */
  afterMs(ms: number): readonly string[] {
    vi.advanceTimersByTime(ms);
    return this.controller.take();
  }

  emit(event: RepositoryEvent): readonly string[] {
    this.channel.emit(event);
    return this.controller.take();
  }

  #nextVersion(): { readonly resourceVersion: string } {
    this.#version += 1;
    return { resourceVersion: String(this.#version) };
  }
}

describe("watches of the Repository controller", () => {
  let watches: Harness;
  beforeEach(() => {
    vi.useFakeTimers();
    watches = new Harness();
    watches.setRepository(aRepository());
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("enqueues a Repository for its spec, a request or its deletion, and not for its own status", () => {
    const blue = aRepository();
    expect(watches.setRepository({ ...blue, status: { observedGeneration: 1, packages: 1 } })).toEqual([]);
    expect(watches.setRepository(blue, { generation: 2 })).toEqual(["default/blue"]);
    const annotations = { [ANNOTATION_SYNC]: "now" };
    expect(watches.setRepository(blue, { generation: 2, annotations })).toEqual(["default/blue"]);
    expect(watches.setRepository(blue, { generation: 2, annotations, labels: { a: "b" } })).toEqual([]);
    const deletionTimestamp = "2025-01-02T03:04:05Z";
    expect(watches.cancelled).toEqual([]);
    expect(watches.setRepository(blue, { generation: 2, annotations, deletionTimestamp })).toEqual(["default/blue"]);
    // The worker that fetches is the one that finalizes it.
    expect(watches.cancelled).toEqual(["default/blue"]);
    expect(watches.setRepository(blue, { generation: 2, annotations, uid: "recreated" })).toEqual(["default/blue"]);
  });

  it("enqueues Repositories of the namespace that overlapped when another one changes or is deleted", () => {
    const ready = { ...condition("Ready", "False"), reason: "RepositoryOverlap" };
    watches.setRepository(aRepository({}, { name: "red", ready }));
    expect(watches.setRepository(aRepository(), { generation: 2 })).toEqual(["default/blue", "default/red"]);
    watches.repositories.delete("default/blue");
    expect(watches.controller.take()).toEqual(["default/blue", "default/red"]);
  });

  it("enqueues those above the limit of the namespace that another one's deletion lets in", () => {
    const ready = { ...condition("Ready", "False"), reason: "TooManyRepositories" };
    const above = ["red", "pink", "grey"].map((name, at) =>
      aRepository({}, { name, ready, created: `2025-02-0${at + 1}T00:00:00Z` }),
    );
    for (const one of above) watches.setRepository(one);
    const elsewhere = aRepository({}, { name: "grey", namespace: "other", ready });
    expect(watches.setRepository(elsewhere)).toEqual(["other/grey"]);
    watches.repositories.delete("default/blue");
    expect(watches.controller.take()).toEqual(["default/blue", "default/grey", "default/pink", "default/red"]);
    watches.setRepository(aRepository());
    // Three are used: the last one stays above the limit.
    expect(watches.setRepository(aRepository(), { generation: 2 })).toEqual([
      "default/blue",
      "default/pink",
      "default/red",
    ]);
  });

  it("enqueues no other one for a new Repository, or for a request", () => {
    const ready = { ...condition("Ready", "False"), reason: "RepositoryOverlap" };
    expect(watches.setRepository(aRepository({}, { name: "red", ready }))).toEqual(["default/red"]);
    const annotations = { [ANNOTATION_SYNC]: "now" };
    expect(watches.setRepository(aRepository(), { annotations })).toEqual(["default/blue"]);
  });

  it("enqueues the Repositories of a namespace that was listed again", () => {
    watches.setRepository(aRepository({}, { namespace: "other" }));
    watches.repositories.relist("other");
    expect(watches.controller.take()).toEqual(["other/blue low"]);
  });

  it("fetches again with a Secret that changed or was deleted", () => {
    watches.setRepository(
      aRepository({ git: { url: "https://git.example.com/red", credentials: "key" } }, { name: "red" }),
    );
    watches.secrets.set({ metadata: { namespace: "default", name: "key", resourceVersion: "1" } });
    watches.secrets.set({ metadata: { namespace: "default", name: "other", resourceVersion: "1" } });
    expect([watches.controller.take(), watches.expired]).toEqual([["default/red"], ["default/red"]]);
    watches.secrets.delete("default/key");
    expect([watches.controller.take(), watches.expired]).toEqual([["default/red"], ["default/red", "default/red"]]);
  });

  it("fetches again with the keys of verification that changed or were deleted", () => {
    const git = { url: "https://git.example.com/red", credentials: "key" };
    watches.setRepository(aRepository({ git, verification: { secretRef: { name: "signers" } } }, { name: "red" }));
    watches.secrets.set({ metadata: { namespace: "default", name: "signers", resourceVersion: "1" } });
    expect([watches.controller.take(), watches.expired]).toEqual([["default/red"], ["default/red"]]);
    watches.secrets.delete("default/signers");
    expect([watches.controller.take(), watches.expired]).toEqual([["default/red"], ["default/red", "default/red"]]);
  });

  it("counts the revisions once they are quiet when one has another lifecycle or size", () => {
    expect(watches.setRevision()).toEqual([]);
    expect(watches.setRevision({ lifecycle: "draft" })).toEqual([]);
    expect(watches.afterMs(4999)).toEqual([]);
    expect(watches.setRevision({ lifecycle: "draft", contentsSize: 1 })).toEqual([]);
    expect(watches.afterMs(4999)).toEqual([]);
    expect(watches.afterMs(1)).toEqual(["default/blue low"]);
    expect(watches.setRevision({ lifecycle: "draft", contentsSize: 1, commit: "c0ffee" })).toEqual([]);
    expect(watches.afterMs(60_000)).toEqual([]);
  });

  it("counts the revisions once a minute while they never are quiet", () => {
    const counted: number[] = [];
    for (let second = 1; second <= 125; second++) {
      watches.setRevision({ lifecycle: "draft", contentsSize: second });
      if (watches.afterMs(1000).length > 0) counted.push(second);
    }
    expect(counted).toEqual([60, 120]);
  });

  it("discovers a revision again at once when its object is deleted", () => {
    watches.setRevision();
    watches.revisions.delete("default/catalog.blue.dns.one");
    expect(watches.controller.take()).toEqual(["default/blue"]);
  });

  it("does not reconcile a Repository that is being deleted for each of its revisions", () => {
    watches.setRevision();
    watches.setRepository(aRepository(), { deletionTimestamp: "2025-01-02T03:04:05Z" });
    watches.revisions.delete("default/catalog.blue.dns.one");
    expect(watches.controller.take()).toEqual([]);
  });

  it("reads another replica's Repository when a draft waits for an upstream there", () => {
    watches.setRepository(aRepository({}, { name: "green" }));
    expect(watches.setRevision(undefined, "blue")).toEqual([]);
    watches.revisions.delete("default/catalog.blue.dns.one");
    watches.controller.take();
    expect(watches.setRevision(undefined, "green")).toEqual(["default/green"]);
  });

  it("fetches another replica's Repository that is read here when a revision there gets another lifecycle", () => {
    watches.setRevision({ lifecycle: "draft" });
    watches.read.add("default/blue");
    expect(watches.setRevision({ lifecycle: "draft", commit: "c0ffee" })).toEqual([]);
    expect(watches.setRevision({ lifecycle: "proposed", commit: "c0ffee" })).toEqual(["default/blue"]);
  });

  it("creates missing objects at once when Git has new revisions, and otherwise counts once it is quiet", () => {
    watches.setRevision();
    const changed = (...workspaces: string[]): RepositoryEvent => {
      const keysOf = (one: string) => ["other", workspaceKey("blue", { package: "dns" }, one)];
      const refs = new Map(workspaces.map((one) => [`refs/heads/dns/${one}`, keysOf(one)]));
      return { kind: "revisionsChanged", repository: "default/blue", changed: refs };
    };
    for (const event of [changed("one"), changed()]) {
      expect(watches.emit(event)).toEqual([]);
      expect(watches.afterMs(5000)).toEqual(["default/blue low"]);
    }
    expect(watches.emit(changed("one", "two"))).toEqual(["default/blue low"]);
  });

  it("reports a main that moved after five seconds, also while there is no quiet", () => {
    watches.followed.set("default/blue", "c1");
    const emit = () => watches.emit({ kind: "revisionsChanged", repository: "default/blue", changed: new Map() });
    expect(emit()).toEqual(["default/blue low after 5000 ms"]);
    watches.setRepository({ ...aRepository(), status: { observedGeneration: 1, commit: "c1" } });
    expect(emit()).toEqual([]);
    expect(watches.afterMs(5000)).toEqual(["default/blue low"]);
  });

  it("reports a rewritten main at once", () => {
    watches.rewritten.add("default/blue");
    const emit = (repository: string) => watches.emit({ kind: "revisionsChanged", repository, changed: new Map() });
    expect(emit("default/blue")).toEqual(["default/blue low"]);
    expect(emit("default/other")).toEqual([]);
    expect(watches.afterMs(5000)).toEqual(["default/other low"]);
  });

  it("contacts the remote again when it refused the credentials of a push", () => {
    expect(watches.emit({ kind: "accessRefused", repository: "default/blue" })).toEqual(["default/blue"]);
    expect(watches.expired).toEqual(["default/blue"]);
  });

  it.each(["fetched", "firstSynced"] as const)("does not reconcile because of its own event %s", (kind) => {
    expect(watches.emit({ kind, repository: "default/blue" })).toEqual([]);
  });

  it("enqueues all Repositories after a relist, a rebalance and a change of the admission policies", () => {
    watches.repositories.relist();
    expect(watches.controller.take()).toEqual(["default/blue low"]);
    watches.shards.emit({ kind: "shardsChanged" });
    expect(watches.controller.take()).toEqual(["default/blue"]);
    expect(watches.policyReports.take()).toEqual([]);
    watches.policies.channel.emit({ kind: "policiesChanged", state: ENFORCED });
    expect(watches.controller.take()).toEqual(["default/blue"]);
    expect(watches.policyReports.take()).toEqual(["default/blue after 2000 ms"]);
  });
});
