import { describe, expect, it } from "vitest";
import lifecycles from "./api-lifecycles.json" with { type: "json" };
import { describeLifecycle, describeUnknownKind, parseRelease } from "./api-lifecycles.ts";
import { isBuiltIn, KUBERNETES_RELEASE } from "./schema-set.ts";

describe("describeLifecycle", () => {
  it.each([
    ["batch/v1beta1", "CronJob", "1.20", undefined],
    ["batch/v1beta1", "CronJob", "1.21", "warning Kubernetes 1.25 removes CronJob from batch/v1beta1: use batch/v1"],
    ["batch/v1beta1", "CronJob", "1.24", "warning Kubernetes 1.25 removes CronJob from batch/v1beta1: use batch/v1"],
    ["batch/v1beta1", "CronJob", "1.25", "error Kubernetes 1.25 has removed CronJob from batch/v1beta1: use batch/v1"],
    ["batch/v1", "CronJob", "1.9", "error Kubernetes 1.9 has no CronJob in batch/v1: it comes with 1.21"],
    ["batch/v1", "CronJob", "1.21", undefined],
    [
      "resource.k8s.io/v1",
      "ResourceClaim",
      "1.33",
      "error Kubernetes 1.33 has no ResourceClaim in resource.k8s.io/v1: it comes with 1.34",
    ],
    [
      "resource.k8s.io/v1beta1",
      "ResourceClaim",
      "1.36",
      "warning Kubernetes 1.38 removes ResourceClaim from resource.k8s.io/v1beta1: use resource.k8s.io/v1",
    ],
    [
      "flowcontrol.apiserver.k8s.io/v1beta2",
      "FlowSchema",
      "1.27",
      "warning Kubernetes 1.29 removes FlowSchema from flowcontrol.apiserver.k8s.io/v1beta2: " +
        "flowcontrol.apiserver.k8s.io/v1 comes with 1.29",
    ],
    [
      "policy/v1beta1",
      "PodSecurityPolicy",
      "1.22",
      "warning Kubernetes 1.25 removes PodSecurityPolicy from policy/v1beta1: there is no replacement",
    ],
    ["apps/v1", "Deployment", "1.16", undefined],
    ["example.com/v1", "Widget", "1.31", undefined],
  ])("says what %s %s is for %s", (apiVersion, kind, release, wanted) => {
    const found = describeLifecycle(apiVersion, kind, release);
    expect(found && `${found.severity} ${found.message}`).toBe(wanted);
  });

  it("knows every kind that has a schema, and finds nothing wrong with it", () => {
    const types = Object.entries(lifecycles).filter(([, { introduced }]) => introduced !== undefined);
    for (const [type] of types) {
      const [, apiVersion = "", kind = ""] = /^(.*)\/([^/]+)$/.exec(type) ?? [];
      if (isBuiltIn(apiVersion, kind)) expect(describeLifecycle(apiVersion, kind, KUBERNETES_RELEASE)).toBeUndefined();
    }
  });
});

describe("describeUnknownKind", () => {
  it("leaves beta APIs alone that an older release serves", () => {
    expect(describeUnknownKind("batch/v1beta1", "CronJob", "1.20")).toBeUndefined();
    expect(describeUnknownKind("certificates.k8s.io/v1beta1", "ClusterTrustBundle", "1.33")).toMatchObject({
      severity: "warning",
      message: expect.stringContaining("Kubernetes 1.33 does not serve") as string,
    });
  });
});

describe("parseRelease", () => {
  it.each([
    ["1.31", "1.31"],
    ["v1.31.4", "1.31"],
    ["1.31.4-eks-a1b2", "1.31"],
    ["2.1", undefined],
    ["1", undefined],
    ["1.31x", undefined],
  ])("reads %s", (text, wanted) => expect(parseRelease(text)).toBe(wanted));
});
