import { describe, expect, it } from "vitest";
import type { Resource } from "../../api/meta.ts";
import { collectionPath, objectPath } from "./resource.ts";

const configMaps: Resource = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", namespaced: true };
const roles: Resource = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  plural: "clusterroles",
  kind: "ClusterRole",
  namespaced: false,
};

describe("collectionPath and objectPath", () => {
  it("return paths of the core group, of other groups and of subresources", () => {
    expect(collectionPath(configMaps)).toBe("/api/v1/configmaps");
    expect(collectionPath(configMaps, "a")).toBe("/api/v1/namespaces/a/configmaps");
    expect(objectPath(configMaps, { namespace: "a", name: "b" }, "status")).toBe(
      "/api/v1/namespaces/a/configmaps/b/status",
    );
    expect(objectPath(roles, { name: "system:node" })).toBe(
      "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode",
    );
  });

  it.each(["", ".", "..", "a/b"])("reject the name %j, which would reach another path", (name) => {
    expect(() => objectPath(configMaps, { namespace: "a", name })).toThrow("not a name");
    expect(() => objectPath(configMaps, { namespace: name, name: "b" })).toThrow("not a namespace");
  });

  it("reject a namespaced object without its namespace", () => {
    expect(() => objectPath(configMaps, { name: "b" })).toThrow("no namespace");
  });
});
