import { beforeEach, describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { aRepository } from "../../core/testing/observed.ts";
import { ownerAnnotation } from "../../core/variants/ownership.ts";
import type { RepositoryEvent } from "../repository/events.ts";
import type { ShardsChanged } from "../sharding/ownership.ts";
import { EventChannel } from "../shared/event-channel.ts";
import { EnqueuedKeys } from "../shared/testing/enqueued.ts";
import { FakeInformer } from "../shared/testing/fake-informer.ts";
import { type DownstreamIndex, downstreamIndexes, type VariantIndex, variantIndexes } from "./indexes.ts";
import { watchPackageVariants } from "./watches.ts";

const onError = (error: unknown) => {
  throw error;
};

class Harness {
  readonly variants = new FakeInformer<PackageVariant, VariantIndex>(variantIndexes);
  readonly revisions = new FakeInformer<PackageRevision, DownstreamIndex>(downstreamIndexes);
  readonly repositories = new FakeInformer<Repository>({});
  readonly git = new EventChannel<RepositoryEvent>(onError);
  readonly ownership = { channel: new EventChannel<ShardsChanged>(onError) };
  readonly controller = new EnqueuedKeys();
  forgotten = 0;
  #version = 0;

  constructor() {
    const reconciler = { forgetWrites: () => void this.forgotten++ };
    watchPackageVariants({ ...this, reconciler });
  }

  variant(name: string, from: string, to: string, metadata: Partial<PackageVariant["metadata"]> = {}): PackageVariant {
    const version = { resourceVersion: String(++this.#version) };
    const object: PackageVariant = {
      apiVersion: "",
      kind: "PackageVariant",
      metadata: { name, namespace: "ns", uid: name, generation: 1, ...version, ...metadata },
      spec: { upstream: { repository: "red", package: from }, downstream: { repository: "blue", package: to } },
    };
    this.variants.set(object);
    return object;
  }
}

let version = 0;

function revision(repository: string, name: string, more: Partial<PackageRevision> = {}): PackageRevision {
  const packageRevID = { repository, package: name, workspace: "one" };
  version += 1;
  const metadata = {
    namespace: "ns",
    name: `${name}.one`,
    uid: `${repository}/${name}`,
    resourceVersion: String(version),
  };
  return { apiVersion: "", kind: "PackageRevision", metadata, spec: { packageRevID }, ...more };
}

const published = (number: string) => ({
  status: { observedGeneration: 1, lifecycle: "published" as const, revision: number },
});

describe("watchPackageVariants", () => {
  let harness: Harness;
  const taken = () => harness.controller.take();

  beforeEach(() => {
    harness = new Harness();
    harness.variant("shop", "shop", "shop");
    harness.variant("dns", "dns", "dns");
    taken();
  });

  it("enqueues a variant that a user changes, and not for status and finalizers", () => {
    harness.variant("shop", "shop", "shop", { finalizers: ["f"] });
    expect(taken()).toEqual([]);
    harness.variant("shop", "shop", "shop", { generation: 2 });
    expect(taken()).toContain("ns/shop");
    harness.variant("shop", "shop", "shop", { generation: 2, deletionTimestamp: "2026-01-01T00:00:00Z" });
    expect(taken()).toContain("ns/shop");
  });

  it("enqueues the other variants of a downstream package, when one moves or goes", () => {
    harness.variant("rival", "shop", "shop");
    taken();
    harness.variant("shop", "shop", "elsewhere", { generation: 2 });
    expect(taken()).toContain("ns/rival");
    harness.variants.delete("ns/rival");
    expect(taken()).toEqual(["ns/rival"]);
  });

  it("enqueues for every change of a downstream package", () => {
    harness.revisions.set(revision("blue", "shop"));
    expect(taken()).toEqual(["ns/shop"]);
    harness.revisions.delete("ns/shop.one");
    expect(taken()).toEqual(["ns/shop"]);
  });

  it("enqueues for an upstream package when a revision is published or deleted, and not for drafts", () => {
    harness.revisions.set(revision("red", "shop"));
    expect(taken()).toEqual([]);
    harness.revisions.set(revision("red", "shop", published("v1")));
    expect(taken()).toEqual(["ns/shop"]);
    harness.revisions.set({ ...revision("red", "shop", published("v1")), apiVersion: "other" });
    expect(taken()).toEqual([]);
    const proposed = { ...published("v1").status, lifecycle: "deletionProposed" as const };
    harness.revisions.set(revision("red", "shop", { status: proposed }));
    expect(taken()).toEqual(["ns/shop"]);
    harness.revisions.delete("ns/shop.one");
    expect(taken()).toEqual(["ns/shop"]);
  });

  it("enqueues the variant that a revision elsewhere belongs to, also when that ends", () => {
    const owner = harness.variant("moved", "x", "y");
    taken();
    const marked = revision("blue", "before");
    harness.revisions.set({ ...marked, metadata: { ...marked.metadata, annotations: ownerAnnotation(owner) } });
    expect(taken()).toEqual(["ns/moved"]);
    harness.revisions.set(revision("blue", "before"));
    expect(taken()).toEqual(["ns/moved"]);
  });

  it("enqueues when a Repository can be used, or not any more", () => {
    const { status: _status, ...unread } = {
      ...aRepository(),
      metadata: { name: "blue", namespace: "ns", generation: 1 },
    };
    harness.repositories.set(unread);
    expect(taken()).toEqual(["ns/dns", "ns/shop"]);
    const at = (resourceVersion: string) => ({ metadata: { ...unread.metadata, resourceVersion } });
    const read = { ...unread, ...at("2"), status: { observedGeneration: 1, lastSyncTime: "2026-01-01T00:00:00Z" } };
    harness.repositories.set(read);
    expect(taken()).toEqual(["ns/dns", "ns/shop"]);
    harness.repositories.set({ ...read, ...at("3"), status: { ...read.status, lastSyncTime: "2026-01-01T00:05:00Z" } });
    expect(taken()).toEqual([]);
    harness.git.emit({ kind: "firstSynced", repository: "ns/blue" });
    harness.git.emit({ kind: "fetched", repository: "ns/blue" });
    expect(taken()).toEqual(["ns/dns", "ns/shop"]);
    harness.repositories.delete("ns/blue");
    expect(taken()).toEqual(["ns/dns", "ns/shop"]);
  });

  it("enqueues all when shards move, and after a relist forgets what it has written", () => {
    harness.ownership.channel.emit({ kind: "shardsChanged" });
    expect(taken()).toEqual(["ns/dns", "ns/shop"]);
    harness.variants.relist("ns");
    expect(taken()).toEqual(["ns/dns low", "ns/shop low"]);
    expect(harness.forgotten).toBe(1);
  });
});
