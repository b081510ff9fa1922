import { describe, expect, it } from "vitest";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { type ObjectSource, objectSources, targetOfObject, withObjects } from "./object-sources.ts";
import { targetsOf } from "./targets.ts";

const CLUSTERS: ObjectSource = {
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Cluster",
  selector: { matchLabels: { fleet: "a" } },
  serviceAccountName: "fleet",
};
const SECRETS: ObjectSource = { ...CLUSTERS, apiVersion: "v1", kind: "Secret" };
const setOf = (targets: unknown) => ({ metadata: { name: "s" }, spec: { targets } }) as unknown as PackageVariantSet;

describe("withObjects", () => {
  it("writes the targets of each source out, also in a matrix", () => {
    const set = setOf([{ objects: CLUSTERS }, { matrix: [{ list: [{ name: "a" }] }, { objects: SECRETS }] }]);
    expect(objectSources(set)).toEqual([CLUSTERS, SECRETS]);
    const resolved = withObjects(set, ({ kind }) => [
      { name: kind.toLowerCase(), labels: {}, annotations: {}, fields: {} },
    ]);
    const found = targetsOf(resolved, [], 10);
    expect(found.kind === "targets" && found.targets.map(({ name }) => name)).toEqual(["cluster", "a-secret"]);
    expect(objectSources(resolved)).toEqual([]);
  });
});

describe("targetOfObject", () => {
  const metadata = {
    name: "edge1",
    namespace: "fleets",
    labels: { region: "eu", broken: 1 },
    annotations: { note: "x", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
    managedFields: [{}],
    resourceVersion: "7",
  };

  it("has what templates may use, and nothing that changes all the time", () => {
    const object = { apiVersion: "v1", kind: "Cluster", metadata, spec: { size: 3 }, status: { phase: "Ready" } };
    expect(targetOfObject(object, CLUSTERS)).toEqual({
      name: "edge1",
      labels: { region: "eu" },
      annotations: { note: "x" },
      fields: { spec: { size: 3 }, metadata: { name: "edge1", namespace: "fleets" } },
    });
  });

  it("has nothing of a Secret but its name and labels", () => {
    const secret = { metadata, data: { password: "c2VjcmV0" }, type: "Opaque" };
    expect(targetOfObject(secret, SECRETS)).toEqual({
      name: "edge1",
      labels: { region: "eu" },
      annotations: {},
      fields: { metadata: { name: "edge1", namespace: "fleets" } },
    });
  });

  it("is none without a name", () => {
    expect(targetOfObject({ metadata: {} }, CLUSTERS)).toBeUndefined();
    expect(targetOfObject({}, CLUSTERS)).toBeUndefined();
  });
});
