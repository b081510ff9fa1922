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

  it("is named after its namespace, too, where the source says so", () => {
    const source = { ...CLUSTERS, namespace: "*", targetName: "NamespaceAndName" } as const;
    expect(targetOfObject({ metadata }, source)?.name).toBe("fleets-edge1");
    expect(targetOfObject({ metadata: { name: "edge1" } }, source)?.name).toBe("edge1");
  });

  it("of a name that an object of another namespace has says which they are, and what to do", () => {
    const namesIn = (source: ObjectSource) => {
      const objects = ["a", "b"].map((namespace) => ({ metadata: { ...metadata, namespace } }));
      const set = withObjects(setOf([{ objects: source }]), () => {
        return objects.flatMap((one) => targetOfObject(one, source) ?? []);
      });
      const found = targetsOf(set, [], 10);
      if (found.kind === "tooMany") throw new Error("too many");
      return { names: found.targets.map(({ name }) => name), messages: found.duplicates.map(({ message }) => message) };
    };
    expect(namesIn(CLUSTERS)).toEqual({
      names: [],
      messages: [
        "several targets have this name, such as the objects a/edge1 and b/edge1: none of them counts; " +
          "set targetName: NamespaceAndName in spec.targets[].objects",
      ],
    });
    expect(namesIn({ ...CLUSTERS, targetName: "NamespaceAndName" })).toEqual({
      names: ["a-edge1", "b-edge1"],
      messages: [],
    });
  });

  it("is none without a name", () => {
    expect(targetOfObject({ metadata: {} }, CLUSTERS)).toBeUndefined();
    expect(targetOfObject({}, CLUSTERS)).toBeUndefined();
  });
});
