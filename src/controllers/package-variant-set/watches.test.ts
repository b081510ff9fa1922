import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { packageVariantSets } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { PackageVariantSet, PackageVariantSetSpec } from "../../api/v1alpha1/package-variant-set.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_CONFIRM_REMOVALS, ANNOTATION_ROLLOUT } from "../../api/v1alpha1/well-known.ts";
import { type DownstreamIndex, downstreamIndexes } from "../package-variant/indexes.ts";
import type { ShardsChanged } from "../sharding/ownership.ts";
import { EventChannel } from "../shared/event-channel.ts";
import { EnqueuedKeys } from "../shared/testing/enqueued.ts";
import { FakeInformer } from "../shared/testing/fake-informer.ts";
import { type MemberIndex, memberIndexes } from "./indexes.ts";
import { watchPackageVariantSets } from "./watches.ts";

const onError = (error: unknown) => {
  throw error;
};
const SPEC = { upstream: { repository: "c", package: "p" }, downstream: { repository: "d", package: "p" } };

class Harness {
  readonly sets = new FakeInformer<PackageVariantSet>({});
  readonly variants = new FakeInformer<PackageVariant, MemberIndex>(memberIndexes);
  readonly repositories = new FakeInformer<Repository>({});
  readonly revisions = new FakeInformer<PackageRevision, DownstreamIndex>(downstreamIndexes);
  readonly ownership = { channel: new EventChannel<ShardsChanged>(onError) };
  readonly controller = new EnqueuedKeys();
  readonly reconciler = { forgetWrites: vi.fn() };
  #version = 0;

  constructor() {
    watchPackageVariantSets(this);
  }

  set(
    name: string,
    targets: PackageVariantSetSpec["targets"],
    metadata: Partial<PackageVariantSet["metadata"]> = {},
    rollout?: PackageVariantSetSpec["rollout"],
  ) {
    this.sets.set({
      apiVersion: "",
      kind: "PackageVariantSet",
      metadata: { name, namespace: "ns", uid: name, generation: 1, ...this.#next(), ...metadata },
      spec: { targets, template: SPEC, ...(rollout !== undefined && { rollout }) },
    });
  }

  revision(lifecycle: "draft" | "published", number?: string, name = "p") {
    const known = number !== undefined || lifecycle === "draft";
    this.revisions.set({
      apiVersion: "",
      kind: "PackageRevision",
      metadata: { name: `${name}.v`, namespace: "ns", ...this.#next() },
      spec: { packageRevID: { repository: "c", package: name, workspace: "w" }, lifecycle },
      status: { observedGeneration: known ? 1 : -1, ...(known && { lifecycle }), ...(number && { revision: number }) },
    });
  }

  variant(generation: number, reason?: string, set = "fleet") {
    const owner = {
      apiVersion: `${packageVariantSets.group}/v1alpha1`,
      kind: packageVariantSets.kind,
      name: set,
      uid: set,
      controller: true,
    };
    const condition = {
      type: "Ready",
      status: "True" as const,
      message: "m",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    this.variants.set({
      apiVersion: "",
      kind: "PackageVariant",
      metadata: { name: "v", namespace: "ns", generation, ownerReferences: [owner], ...this.#next() },
      spec: SPEC,
      ...(reason !== undefined && { status: { observedGeneration: 1, conditions: [{ ...condition, reason }] } }),
    });
  }

  repository(labels: Readonly<Record<string, string>>) {
    const metadata = { name: "r", namespace: "ns", labels, ...this.#next() };
    this.repositories.set({ apiVersion: "", kind: "Repository", metadata, spec: {} });
  }

  #next() {
    this.#version += 1;
    return { resourceVersion: String(this.#version) };
  }
}

describe("watchPackageVariantSets", () => {
  let harness: Harness;
  const taken = () => harness.controller.take();

  beforeEach(() => {
    vi.useFakeTimers();
    harness = new Harness();
    harness.set("fleet", [{ list: [{ name: "a" }] }]);
    harness.set("selects", [{ matrix: [{ list: [] }, { repositories: { selector: {} } }] }]);
    taken();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("enqueues a set that a user changes or confirms, and not for its status", () => {
    harness.set("fleet", [], { labels: { a: "b" } });
    expect(taken()).toEqual([]);
    harness.set("fleet", [], { annotations: { [ANNOTATION_CONFIRM_REMOVALS]: "x" } });
    harness.set("fleet", [], { annotations: { [ANNOTATION_ROLLOUT]: "abort:0123456789ab" } });
    harness.set("fleet", [], { generation: 2 });
    expect(taken()).toEqual(["ns/fleet", "ns/fleet", "ns/fleet"]);
  });

  it("enqueues at once for a changed spec of a variant, and counts states together a little later", () => {
    harness.variant(1);
    harness.variant(1, "DraftReady");
    harness.variant(1, "Proposed");
    expect(taken()).toEqual([]);
    vi.advanceTimersByTime(2_500);
    expect(taken()).toEqual(["ns/fleet low"]);
    harness.variant(2, "Proposed");
    expect(taken()).toEqual(["ns/fleet"]);
    harness.variant(2, "Proposed", "other");
    vi.advanceTimersByTime(2_500);
    harness.variants.delete("ns/v");
    vi.advanceTimersByTime(2_500);
    expect(taken()).toContain("ns/other low");
  });

  it("enqueues the sets that select Repositories when labels change", () => {
    harness.repository({ a: "b" });
    harness.repository({ a: "b" });
    expect(taken()).toEqual(["ns/selects"]);
    harness.repository({ a: "c" });
    harness.repositories.delete("ns/r");
    expect(taken()).toEqual(["ns/selects", "ns/selects"]);
  });

  it("enqueues the sets with a rollout whose upstream has another published revision, a little later", () => {
    harness.set("waves", [{ list: [] }], {}, { steps: [{ percent: 100 }] });
    taken();
    harness.revision("draft");
    harness.revision("published", "v1", "other");
    vi.advanceTimersByTime(2_500);
    expect(taken()).toEqual([]);
    harness.revision("published", "v1");
    vi.advanceTimersByTime(2_500);
    expect(taken()).toEqual(["ns/waves low"]);
    // Found in Git, and not read yet: nobody knows its number.
    harness.revision("published");
    vi.advanceTimersByTime(2_500);
    expect(taken()).toEqual(["ns/waves low"]);
  });

  it("enqueues all when shards move, and after a relist", () => {
    harness.ownership.channel.emit({ kind: "shardsChanged" });
    harness.variants.relist("ns");
    expect(taken()).toEqual(["ns/fleet low", "ns/fleet low", "ns/selects low", "ns/selects low"]);
  });
});
