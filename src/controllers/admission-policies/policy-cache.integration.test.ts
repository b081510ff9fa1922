import { describe, expect, vi } from "vitest";
import type { Resource } from "../../api/meta.ts";
import type { AdmissionObject } from "../../core/admission/policy-manifests.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import { connect, clusterTest as it, testCluster } from "../../kube/testing/cluster.ts";
import { validatingPolicies } from "../shared/kinds.ts";
import { PolicyCache } from "./policy-cache.ts";

function open(client: KubeClient, changes: Partial<Resource<AdmissionObject>> = {}, optional = false) {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const cache = new PolicyCache({ client, resource: { ...validatingPolicies, ...changes }, optional, onError });
  cache.informer.start();
  return { cache, errors, stop: async () => await cache.informer.stop() };
}

describe("PolicyCache", () => {
  it("has the objects of a kind that is served", async ({ client, onTestFinished }) => {
    const { cache, stop } = open(client);
    onTestFinished(stop);
    expect(cache.knowledge()).toEqual({
      kind: "unknown",
      message: "the API server has not listed validatingadmissionpolicies",
    });
    await vi.waitFor(() => expect(cache.knowledge().kind).toBe("known"));
    const known = cache.knowledge();
    const names = known.kind === "known" ? known.objects.map(({ metadata }) => metadata.name) : [];
    expect(names).toContain("pkgserver-approval");
  });

  it("knows that an optional kind is not served, without an error", async ({ client, onTestFinished }) => {
    const { cache, errors, stop } = open(client, { version: "v9" }, true);
    onTestFinished(stop);
    await vi.waitFor(() => expect(cache.knowledge()).toEqual({ kind: "notServed" }));
    expect(errors).toEqual([]);
  });

  it("does not take a required kind that is not served for an empty one", async ({ client, onTestFinished }) => {
    const { cache, errors, stop } = open(client, { version: "v9" });
    onTestFinished(stop);
    await vi.waitFor(() => expect(errors).not.toEqual([]));
    expect(cache.knowledge().kind).toBe("unknown");
  });

  it("says that the operator's permissions lack, where they do", async ({ onTestFinished }) => {
    const alice = connect({ cluster: testCluster("alice") });
    const { cache, stop } = open(alice);
    onTestFinished(async () => {
      await stop();
      await alice.close();
    });
    await vi.waitFor(() =>
      expect(cache.knowledge()).toMatchObject({
        kind: "unknown",
        message: expect.stringContaining("may not watch validatingadmissionpolicies: its ClusterRole"),
      }),
    );
  });
});
