import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_VARIANT } from "../../api/v1alpha1/well-known.ts";
import { Indexer } from "../../kube/informer/indexer.ts";
import type { VariantContext } from "./context.ts";
import { type DownstreamIndex, downstreamIndexes, type VariantIndex, variantIndexes } from "./indexes.ts";
import { observe, observeLive } from "./observe.ts";

function variant(name: string, created: string, revision?: string): PackageVariant {
  return {
    apiVersion: "",
    kind: "",
    metadata: { name, namespace: "ns", uid: `uid-${name}`, creationTimestamp: created },
    spec: {
      upstream: { repository: "catalog", package: "shop", ...(revision !== undefined && { revision }) },
      downstream: { target: "edge1", repository: "deployments", package: "shop" },
    },
  };
}

type Lifecycle = "draft" | "published" | "deletionProposed";

function revision(place: object, name: string, lifecycle: Lifecycle, annotations: Record<string, string> = {}) {
  const object: PackageRevision = {
    apiVersion: "",
    kind: "",
    metadata: { name, namespace: "ns", annotations },
    spec: { packageRevID: { repository: "catalog", package: "shop", workspace: name, ...place } },
    status: { observedGeneration: 1, lifecycle, ...(lifecycle !== "draft" && { revision: name }) },
  };
  return object;
}

function observed(of: PackageVariant, variants: readonly PackageVariant[], revisions: readonly PackageRevision[]) {
  const allVariants = new Indexer<PackageVariant, VariantIndex>(variantIndexes);
  for (const one of variants) allVariants.set(one);
  const allRevisions = new Indexer<PackageRevision, DownstreamIndex>(downstreamIndexes);
  for (const one of revisions) allRevisions.set(one);
  const repositories = new Indexer<Repository>({});
  const context = { variants: allVariants, revisions: allRevisions, repositories } as unknown as VariantContext;
  return observe(context, of);
}

const DOWN = { target: "edge1", repository: "deployments" };

describe("observe", () => {
  it("has the published revisions of the upstream, without those that are to be deleted", () => {
    const all = [
      revision({}, "v1", "published"),
      revision({}, "v2", "deletionProposed"),
      revision({}, "draft", "draft"),
      revision({ realm: "web" }, "v7", "published"),
    ];
    expect(observed(variant("a", "1"), [], all).upstreamRevisions).toEqual(["v1"]);
    expect(observed(variant("a", "1", "v2"), [], all).upstreamRevisions).toEqual(["v1", "v2"]);
  });

  it("tells its own revisions from those of another variant, a former one of the name, and nobody's", () => {
    const [mine, other] = [variant("mine", "1"), variant("other", "2")];
    const of = (name: string, value: string) => revision(DOWN, name, "draft", { [ANNOTATION_VARIANT]: value });
    const all = [of("own", "mine/uid-mine"), of("theirs", "other/uid-other"), of("former", "mine/uid-before")];
    const { downstream } = observed(mine, [mine, other], [...all, revision(DOWN, "none", "draft")]);
    const marks = downstream.map(({ object, isOwned, owner }) => [object.metadata.name, isOwned, owner]);
    expect(marks).toEqual([
      ["own", true, undefined],
      ["theirs", false, "other"],
      ["former", false, undefined],
      ["none", false, undefined],
    ]);
  });

  it("has its own revisions elsewhere, and nobody else's", () => {
    const mine = variant("mine", "1");
    const place = { ...DOWN, package: "before" };
    const all = [
      revision(place, "own", "published", { [ANNOTATION_VARIANT]: "mine/uid-mine" }),
      revision(place, "theirs", "published", { [ANNOTATION_VARIANT]: "mine/uid-before" }),
    ];
    const { elsewhere, downstream } = observed(mine, [mine], all);
    expect(elsewhere.map(({ object }) => object.metadata.name)).toEqual(["own"]);
    expect(downstream).toEqual([]);
  });

  it("names the oldest variant of the package as the rival of the others", () => {
    const [older, younger] = [variant("z-older", "2026-01-01T00:00:00Z"), variant("a-younger", "2026-01-02T00:00:00Z")];
    expect(observed(younger, [older, younger], []).rival).toBe("z-older");
    expect(observed(older, [older, younger], []).rival).toBeUndefined();
  });
});

describe("observeLive", () => {
  it("asks for the revisions of its own target alone: a set has as many packages of that name as targets", async () => {
    const asked: (string | undefined)[] = [];
    const client = {
      list: async (_: unknown, { fieldSelector }: { fieldSelector?: string }) => {
        asked.push(fieldSelector);
        return { items: [] };
      },
      get: async () => undefined,
    };
    const empty = { byIndex: () => [], get: () => undefined };
    const context = { client, revisions: empty, variants: empty, repositories: empty, registry: empty };
    await observeLive(context as unknown as VariantContext, variant("a", "1"));
    const downstream = "spec.packageRevID.repository=deployments,spec.packageRevID.target=edge1,";
    expect(asked).toContain(`${downstream}spec.packageRevID.package=shop`);
  });
});
