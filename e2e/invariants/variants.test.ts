import { describe, expect, it } from "vitest";
import type { PackageVariant } from "../../src/api/v1alpha1/package-variant.ts";
import { ANNOTATION_ROLLED_OUT } from "../../src/api/v1alpha1/well-known.ts";
import { ownerAnnotation } from "../../src/core/variants/ownership.ts";
import { findViolations } from "./check.ts";
import { observationOf, sample } from "./sample.ts";
import { checkVariants } from "./variants.ts";

const { next } = sample();
const variant: PackageVariant = {
  apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
  kind: "PackageVariant",
  metadata: { name: "shop", namespace: next.metadata.namespace, uid: "1", generation: 1 },
  spec: { upstream: { repository: "catalog", package: "shop" }, downstream: next.spec.packageRevID },
  status: { observedGeneration: 1, draft: next.metadata.name },
};
const owned = (name = next.metadata.name) => ({
  ...next,
  metadata: { ...next.metadata, name, annotations: ownerAnnotation(variant) },
});
const messagesOf = (...revisions: ReturnType<typeof owned>[]) => {
  const { cluster } = observationOf(sample());
  return checkVariants({ ...cluster, variants: [variant], revisions }).map(({ message }) => message);
};

describe("checkVariants", () => {
  it("accepts one draft", () => {
    expect(messagesOf(owned())).toEqual([]);
  });

  it("reports a second draft", () => {
    expect(messagesOf(owned(), owned("other"))).toEqual([`has 2 drafts: ${next.metadata.name}, other`]);
  });

  it("reports a status that names what the variant does not have", () => {
    expect(messagesOf()).toEqual([`status names ${next.metadata.name}, which it does not have`]);
  });

  it("reports a set whose variants are not those of its targets", () => {
    const { cluster } = observationOf(sample());
    const metadata = { name: "fleet", namespace: "ns", uid: "2" };
    const lastTransitionTime = "2026-01-01T00:00:00Z";
    const ready = { type: "Ready", status: "True" as const, reason: "UpToDate", message: "m", lastTransitionTime };
    const status = { observedGeneration: 1, targets: 2, variants: 1, conditions: [ready] };
    const set = {
      apiVersion: "",
      kind: "PackageVariantSet",
      metadata,
      spec: { targets: [], template: variant.spec },
      status,
    };
    const owner = { apiVersion: "", kind: "", name: "fleet", uid: "2" };
    const own = { ...variant, status: undefined, metadata: { ...variant.metadata, ownerReferences: [owner] } };
    const check = (targets: number) =>
      checkVariants({
        ...cluster,
        sets: [{ ...set, status: { ...status, targets } }],
        variants: [own as unknown as PackageVariant],
        revisions: [],
      }).map(({ message }) => message);
    expect(check(2)).toEqual(["has 1 variants for 2 targets, and status counts 1"]);
    expect(check(1)).toEqual([]);
  });

  it("reports a target that is ahead of its wave, and one that was not rolled back", () => {
    const { cluster } = observationOf(sample());
    const metadata = { name: "fleet", namespace: "ns", uid: "2" };
    const rollout = { id: "0123456789ab", wave: 1, waves: 3, state: "Progressing" };
    const spec = { targets: [], template: variant.spec };
    const check = (state: object, record: object) => {
      const set = { apiVersion: "", kind: "", metadata, spec, status: { rollout: { ...rollout, ...state } } };
      const annotations = { [ANNOTATION_ROLLED_OUT]: JSON.stringify({ rollout: "0123456789ab", wave: 1, ...record }) };
      const ownerReferences = [{ apiVersion: "", kind: "", name: "fleet", uid: "2" }];
      const own = { ...variant, status: undefined, metadata: { ...variant.metadata, annotations, ownerReferences } };
      const view = { ...cluster, sets: [set], variants: [own], revisions: [] } as unknown as typeof cluster;
      return checkVariants(view).map(({ message }) => message);
    };
    expect(check({}, {})).toEqual([]);
    expect(check({}, { wave: 2 })).toEqual(["is in wave 2, and the rollout 0123456789ab in wave 1"]);
    expect(check({ id: "00000000" }, { wave: 2 })).toEqual([]);
    const former = { ...variant.spec, deletionPolicy: "orphan" };
    expect(check({ state: "RolledBack" }, { former })).toEqual([
      "has not got back what it had before the rollout 0123456789ab",
    ]);
  });

  it("is one of the checks of every world", () => {
    const observation = observationOf({ ...sample(), variants: [variant] });
    expect(findViolations(observation).map(({ subject }) => subject)).toContain(
      `PackageVariant ${next.metadata.namespace}/shop`,
    );
  });
});
