import { describe, expect, it } from "vitest";
import { reportDependencies } from "./report.ts";
import { catalogOf, definition, dependency, resource, testRevision } from "./testing/revisions.ts";

const role = (group: string, name: string) =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: one}\n` +
  `rules: [{apiGroups: ["${group}"], resources: [${name}], verbs: [get]}]\n`;

const lib = testRevision("catalog/lib@v2", {
  "a.yaml": definition("lib.io", "A", "v1"),
  "b.yaml": definition("lib.io", "B", "v1"),
  "bad.yaml": "a: [",
});
const copy = testRevision("catalog/copy/lib@v1", {
  "a.yaml": definition("lib.io", "A", "v1"),
  "b.yaml": definition("lib.io", "B", "v1"),
  "pod.yaml": resource("v1", "Pod"),
});
const unread = { ...testRevision("catalog/unread@v1", {}), isUnread: true };
const many = testRevision("catalog/many@v1", {});
const cut = { ...many, apis: { ...many.apis, omitted: 3 } };

describe("reportDependencies", () => {
  it("has the form of pkgserver's status.dependencies, with files and what the target lacks", () => {
    const root = testRevision("edge1/web/shop@v1", {
      "a.yaml": resource("lib.io/v1", "A"),
      "map.yaml": resource("v1", "ConfigMap"),
      "needs.yaml": dependency("catalog/unread"),
      "more.yaml": dependency("catalog/many"),
      "role-b.yaml": role("lib.io", "bs"),
      "role-c.yaml": role("", "pods"),
      "role-d.yaml": role("acme.io", "widgets"),
      "widget.yaml": resource("acme.io/v1", "Widget"),
    });
    const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" };
    const files = ["role-b.yaml", "role-c.yaml", "role-d.yaml"];
    const packageOf = (name: string, revision: string) => [{ repository: "catalog", package: name, revision }];
    const claim = { apiVersion: "claim.pkg.pkgserver.dev/v1alpha1", kind: "PackageDependency" };
    const nothing = { errors: [], warnings: [], dependencies: [] };
    expect(reportDependencies(catalogOf(lib, copy, unread, cut).resolve(root))).toEqual({
      name: "edge1/web/shop@v1",
      errors: [
        {
          ref: { apiVersion: "acme.io/v1", kind: "Widget" },
          files: ["widget.yaml"],
          reason: "cannot find api reference: group: acme.io, kind: Widget",
        },
      ],
      warnings: [
        {
          ref: { apiVersion: "acme.io/*", kind: "widgets" },
          files: ["role-d.yaml"],
          reason: "policy rule resource widgets not found for group: acme.io, in a Role",
        },
      ],
      dependencies: [
        { type: "core", ref: { apiVersion: "v1", kind: "ConfigMap" }, files: ["map.yaml"] },
        { type: "core", ref: rbac, files },
        { type: "core", ref: { apiVersion: "*", kind: "Pod" }, files: ["role-c.yaml"] },
        {
          type: "package",
          ref: { apiVersion: "lib.io/v1", kind: "A" },
          packageDependencies: packageOf("lib", "v2"),
          files: ["a.yaml"],
        },
        {
          type: "package",
          ref: { apiVersion: "lib.io/*", kind: "B" },
          packageDependencies: packageOf("lib", "v2"),
          files: ["role-b.yaml"],
        },
        { type: "package", ref: claim, packageDependencies: packageOf("many", "v1"), files: ["more.yaml"] },
        { type: "package", ref: claim, packageDependencies: packageOf("unread", "v1"), files: ["needs.yaml"] },
      ],
      packages: [
        {
          name: "catalog/lib@v2",
          toAdd: "edge1",
          alternatives: ["catalog/copy/lib"],
          errors: [],
          warnings: [{ reason: "files cannot be read: bad.yaml" }],
          dependencies: [
            {
              type: "core",
              ref: { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
              files: ["a.yaml", "b.yaml"],
            },
          ],
        },
        {
          ...{ ...nothing, name: "catalog/many@v1", toAdd: "edge1" },
          warnings: [{ reason: "3 more offers and needs are not looked at" }],
        },
        {
          ...{ ...nothing, name: "catalog/unread@v1", toAdd: "edge1" },
          warnings: [{ reason: "its files are in Git only: what it needs is not known" }],
        },
      ],
      cycles: [],
    });
  });

  it("names the packages of circles, and nothing to add for a catalog", () => {
    const other = testRevision("catalog/other@v1", { "needs.yaml": dependency("catalog/root") });
    const root = testRevision("catalog/root@v1", { "needs.yaml": dependency("catalog/other") });
    const { cycles, packages } = reportDependencies(catalogOf(root, other).resolve(root));
    expect(cycles).toEqual([["catalog/root@v1", "catalog/other@v1", "catalog/root@v1"]]);
    expect(packages.map((one) => Object.keys(one))).toEqual([["name", "errors", "warnings", "dependencies"]]);
  });
});
