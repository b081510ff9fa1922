import { describe, expect, it } from "vitest";
import { candidate } from "../testing/candidates.ts";
import { buildUpstreamTree, formatUpstreamTree } from "./upstream-tree.ts";

const blueprint = { repository: "catalog", realm: "web", package: "storefront" };
const clone = (target: string, workspace: string, upstream: object, lifecycle: "draft" | "proposed" = "draft") => {
  const one = candidate({ target, workspace, lifecycle });
  return { ...one, spec: { ...one.spec, upstream: upstream as typeof blueprint } };
};

const catalog = ["v1", "v2"].map((revision) =>
  candidate({ ...blueprint, target: "catalog", workspace: revision, revision, lifecycle: "published" }),
);
const edge1 = clone("edge1", "first", { ...blueprint, revision: "v1" });
const edge2 = clone("edge2", "first", { ...blueprint, revision: "v2" }, "proposed");
const copy = clone("edge3", "first", {
  target: "edge1",
  repository: "deployments",
  realm: "web",
  package: "storefront",
});
const other = candidate({ package: "other" });

describe("buildUpstreamTree", () => {
  const all = [...catalog, edge1, edge2, copy, other];
  const expected = [
    "catalog/web/storefront  v1, v2",
    "├─ edge1/web/storefront  draft first  (from v1)",
    "│  └─ edge3/web/storefront  draft first  (from latest)",
    "└─ edge2/web/storefront  proposed first  (from v2)",
  ];

  it.each([
    ["the blueprint", catalog[0]],
    ["a clone", edge2],
    ["a clone of a clone", copy],
  ])("is the same from %s", (_, own) => {
    expect(own && formatUpstreamTree(buildUpstreamTree(own, all))).toEqual(expected);
  });

  it("is the package alone without upstream and clones", () => {
    expect(formatUpstreamTree(buildUpstreamTree(other, all))).toEqual(["edge1/web/other  draft first"]);
  });

  it("ends for packages that were cloned from each other", () => {
    const a = clone("edge1", "first", {
      target: "edge2",
      repository: "deployments",
      realm: "web",
      package: "storefront",
    });
    const b = clone("edge2", "first", {
      target: "edge1",
      repository: "deployments",
      realm: "web",
      package: "storefront",
    });
    expect(formatUpstreamTree(buildUpstreamTree(a, [a, b]))).toHaveLength(2);
  });
});
