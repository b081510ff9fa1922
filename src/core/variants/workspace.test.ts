import { describe, expect, it } from "vitest";
import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { freeWorkspace, hashedJson, isWorkspaceOf, workspaceOf } from "./workspace.ts";

const plain: PackageVariantSpec = {
  upstream: { repository: "catalog", realm: "web", package: "shop", revision: "v1" },
  downstream: { target: "edge1", repository: "deployments", realm: "web", package: "shop" },
};

// The expected texts and names are the output of encoding/json and crypto/sha1 of Go, for pkgserver's struct.
describe("workspaceOf", () => {
  it("keeps an empty packageContext, as Go does with structs, and fills in the defaults", () => {
    expect(hashedJson(plain)).toBe(
      '{"upstream":{"repository":"catalog","realm":"web","package":"shop","revision":"v1"},"downstream":{"target":' +
        '"edge1","repository":"deployments","realm":"web","package":"shop"},"packageContext":{},"adoptionPolicy":' +
        '"adoptNone","deletionPolicy":"delete"}',
    );
    expect(workspaceOf(plain)).toBe("pv-57bcc1326c7cce61");
    const empty = { inputs: [], annotations: {}, labels: {}, readinessGates: [] };
    expect(workspaceOf({ ...plain, packageContext: empty })).toBe("pv-57bcc1326c7cce61");
  });

  it("orders keys, and escapes texts, as encoding/json of Go", () => {
    const input = {
      kind: "ConfigMap",
      apiVersion: "v1",
      data: { "😀": "2", "～": "1", b: '<a&b>\u2028\u0001\b"\\', a: "é😀" },
      n: [1, 1.5, 1e-7, 1e21, true, null],
      empty: {},
    };
    const spec: PackageVariantSpec = {
      ...plain,
      packageContext: {
        readinessGates: [{ conditionType: "a.b/c" }],
        labels: { app: "x" },
        annotations: { z: "<1>", a: "2" },
        inputs: [input],
      },
      deletionPolicy: "orphan",
      adoptionPolicy: "adoptExisting",
    };
    expect(workspaceOf(spec)).toBe("pv-b4fe7100fa6976bd");
  });

  it("does not depend on the upgrade strategy", () => {
    expect(workspaceOf({ ...plain, upgradeStrategy: "copy" })).toBe(workspaceOf(plain));
  });

  it("depends on a target of the upstream", () => {
    expect(workspaceOf({ ...plain, upstream: { ...plain.upstream, target: "edge2" } })).not.toBe(workspaceOf(plain));
  });

  it("refuses inputs that are nested too deeply", () => {
    let input: Record<string, unknown> = {};
    for (let depth = 0; depth < 600; depth++) input = { a: input };
    expect(() => workspaceOf({ ...plain, packageContext: { inputs: [input] } })).toThrow("nested deeper");
  });
});

describe("freeWorkspace", () => {
  it("adds the upstream revision, then a number, to a workspace that is used", () => {
    expect(freeWorkspace("pv-a", "v4", new Set())).toBe("pv-a");
    expect(freeWorkspace("pv-a", "v4", new Set(["pv-a"]))).toBe("pv-a-v4");
    expect(freeWorkspace("pv-a", "v1.2.0", new Set(["pv-a"]))).toBe("pv-a-v1-2-0");
    expect(freeWorkspace("pv-a", "v4", new Set(["pv-a", "pv-a-v4"]))).toBe("pv-a-v4-2");
  });

  it("makes workspaces that are known as those of their base", () => {
    expect(["pv-a", "pv-a-v4", "pv-a-v4-2"].every((one) => isWorkspaceOf("pv-a", one))).toBe(true);
    expect(isWorkspaceOf("pv-a", "pv-ab")).toBe(false);
  });
});
