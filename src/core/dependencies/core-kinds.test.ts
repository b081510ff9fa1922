import { describe, expect, it } from "vitest";
import { apiVersionOf, coreKind, isCoreGroup } from "./core-kinds.ts";

describe("coreKind", () => {
  it.each([
    ["", "pods", "Pod"],
    ["", "endpoints", "Endpoints"],
    ["", "users", "users"],
    ["apps", "deployments", "Deployment"],
    ["networking.k8s.io", "networkpolicies", "NetworkPolicy"],
    ["networking.k8s.io", "ingressclasses", "IngressClass"],
    ["storage.k8s.io", "csistoragecapacities", "CSIStorageCapacity"],
    ["apps", "pods", undefined],
    ["acme.io", "users", undefined],
  ])("of %j %s is %s", (group, resource, kind) => {
    expect(coreKind(group, resource)).toBe(kind);
  });
});

describe("isCoreGroup", () => {
  it.each([
    ["", true],
    ["apps", true],
    ["rbac.authorization.k8s.io", true],
    ["metrics.k8s.io", false],
    ["acme.io", false],
  ])("of %j is %s", (group, isCore) => {
    expect(isCoreGroup(group)).toBe(isCore);
    expect(apiVersionOf(group, "v1")).toBe(group === "" ? "v1" : `${group}/v1`);
  });
});
