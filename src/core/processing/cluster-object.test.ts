import { describe, expect, it } from "vitest";
import { stableObject } from "./cluster-object.ts";

describe("stableObject", () => {
  it("is the object without what changes by itself", () => {
    const metadata = {
      name: "a",
      labels: { app: "a" },
      ...{ managedFields: [], resourceVersion: "1", generation: 2, uid: "u", creationTimestamp: "t", selfLink: "/" },
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", kept: "yes" },
    };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { uid: "kept" }, status: { ready: true } };
    expect(stableObject(object)).toEqual({
      ...object,
      metadata: { name: "a", labels: { app: "a" }, annotations: { kept: "yes" } },
    });
  });

  it("is the object itself where there is nothing to leave out", () => {
    for (const one of [{ kind: "A" }, { metadata: { name: "a" } }, { metadata: "text" }])
      expect(stableObject(one)).toEqual(one);
  });
});
