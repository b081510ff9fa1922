import { describe, expect, it } from "vitest";
import { readPackageApis } from "./read-package.ts";
import { definition, dependency, resource, type TestFiles } from "./testing/revisions.ts";

const read = (files: TestFiles, inputs: readonly object[] = []) =>
  readPackageApis(
    Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]),
    inputs,
  );

describe("readPackageApis", () => {
  it("has the served versions of definitions, and APIServices with a service", () => {
    const service = (name: string, rest: string) =>
      `apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.${name}}\n` +
      `spec: {group: ${name}, version: v1beta1${rest}}\n`;
    const { offers } = read({
      "crd.yaml": definition("acme.io", "Widget", "v1", "!v1alpha1"),
      "old.yaml":
        "apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\nmetadata: {name: one}\n" +
        "spec: {group: acme.io, version: v1beta1, names: {kind: Gadget, plural: gadgets}}\n",
      "metrics.yaml": service("metrics.k8s.io", ", service: {name: metrics, namespace: kube-system}"),
      "local.yaml": service("local.io", ""),
    });
    expect(offers).toEqual([
      { group: "acme.io", kind: "Gadget", plural: "gadgets", versions: ["v1beta1"], file: "old.yaml" },
      { group: "acme.io", kind: "Widget", plural: "widgets", versions: ["v1"], file: "crd.yaml" },
      { group: "metrics.k8s.io", versions: ["v1beta1"], file: "metrics.yaml" },
    ]);
  });

  it("names the files of each kind, items of lists among them, without the configuration of tools", () => {
    const list = JSON.stringify({
      apiVersion: "v1",
      kind: "List",
      items: [{ apiVersion: "acme.io/v1", kind: "Widget", metadata: { name: "two" } }],
    });
    const { kinds } = read({
      Kptfile: resource("kpt.dev/v1", "Kptfile"),
      ".krmignore": "ignored.yaml\n",
      "ignored.yaml": resource("acme.io/v1", "Ignored"),
      "kustomization.yaml": resource("kustomize.config.k8s.io/v1beta1", "Kustomization"),
      "fn.yaml": resource("fn.kpt.dev/v1alpha1", "SetNamespace"),
      "b.yaml": `${resource("v1", "ConfigMap")}---\n${resource("acme.io/v1", "Widget")}`,
      "a.yaml": list,
      "placeholder.yaml": resource("<GROUP>/v1", "Widget"),
      "local.yaml": resource("acme.io/v1", "Local").replace(
        "{name: one}",
        '{name: one, annotations: {config.kubernetes.io/local-config: "true"}}',
      ),
    });
    expect(kinds).toEqual([
      { group: "", version: "v1", kind: "ConfigMap", files: ["b.yaml"] },
      { group: "acme.io", version: "v1", kind: "Widget", files: ["a.yaml", "b.yaml"] },
    ]);
  });

  it("has the resources that roles name, without subresources and rules for everything", () => {
    const role = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: one}
rules:
  - {apiGroups: ["acme.io", ""], resources: [widgets, widgets/status], verbs: [get]}
  - {apiGroups: ["*"], resources: [gadgets], verbs: [get]}
  - {apiGroups: [acme.io], resources: ["*"], verbs: [get]}
  - {apiGroups: [certificates.k8s.io], resources: [signers], verbs: [approve]}
  - {nonResourceURLs: [/metrics], verbs: [get]}
  - broken
`;
    const need = { resource: "widgets", role: "ClusterRole", files: ["role.yaml"] };
    expect(read({ "role.yaml": role }).rules).toEqual([
      { group: "", ...need },
      { group: "acme.io", ...need },
    ]);
  });

  it("has the packages of PackageVariants, Porch's among them, and of PackageDependencies in files and inputs", () => {
    const variant = (group: string, spec: string) =>
      `apiVersion: ${group}/v1alpha1\nkind: PackageVariant\nmetadata: {name: one}\nspec: ${spec}\n`;
    const { packages, kinds } = read(
      {
        "a.yaml": variant(
          "config.pkg.pkgserver.dev",
          "{upstream: {repository: catalog, realm: a/b, package: c, revision: latest}, downstream: {target: edge1}}",
        ),
        "b.yaml": variant(
          "config.porch.kpt.dev",
          "{upstream: {repo: blueprints, package: a/b/c, revision: 2}, downstream: {repo: edge2}}",
        ),
        "c.yaml": dependency("catalog/infra/cert-manager", "^1.2.0"),
        "broken.yaml": variant("config.pkg.pkgserver.dev", "{upstream: {repository: 1}}"),
      },
      [JSON.parse(dependency("catalog/dns")), { kind: "Unknown" }],
    );
    const [claim, porch] = ["claim.pkg.pkgserver.dev/v1alpha1", "config.porch.kpt.dev/v1alpha1"];
    expect(packages).toEqual(
      expect.arrayContaining([
        {
          package: { repository: "catalog", realm: "a/b", package: "c" },
          target: "edge1",
          apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
          kind: "PackageVariant",
          file: "a.yaml",
        },
        {
          package: { repository: "blueprints", realm: "a/b", package: "c" },
          revision: "v2",
          target: "edge2",
          apiVersion: porch,
          kind: "PackageVariant",
          file: "b.yaml",
        },
        {
          package: { repository: "catalog", realm: "infra", package: "cert-manager" },
          revision: "^1.2.0",
          apiVersion: claim,
          kind: "PackageDependency",
          file: "c.yaml",
        },
        {
          package: { repository: "catalog", package: "dns" },
          apiVersion: claim,
          kind: "PackageDependency",
          file: "spec.inputs",
        },
      ]),
    );
    expect(packages).toHaveLength(4);
    expect(kinds).toEqual([
      { group: "config.porch.kpt.dev", version: "v1alpha1", kind: "PackageVariant", files: ["b.yaml"] },
    ]);
  });

  it("takes the blocks of a blueprint for what they make, and after a render what they have made", () => {
    const block = (type: string) =>
      resource("acme.io/v1", "Widget").replace(
        "{name: one}",
        `{name: one, annotations: {kform.dev/block-type: ${type}, config.kubernetes.io/local-config: "true"}}`,
      );
    const blocks = { "widget.yaml": block("resource"), "input.yaml": block("input") };
    expect(read(blocks).kinds).toEqual([{ group: "acme.io", version: "v1", kind: "Widget", files: ["widget.yaml"] }]);
    const out = { "out/gadget.yaml": resource("acme.io/v1", "Gadget") };
    expect(read({ ...blocks, ...out }).kinds).toEqual([
      { group: "acme.io", version: "v1", kind: "Gadget", files: ["out/gadget.yaml"] },
    ]);
  });

  it("is bounded", () => {
    const many = Array.from({ length: 2500 }, (_, index) => resource("acme.io/v1", `Widget${index}`)).join("---\n");
    const files = Array.from({ length: 20 }, (_, index) => [`${index}.yaml`, resource("v1", "Pod")]);
    const { kinds, omitted, unreadable } = read({
      "many.yaml": many,
      "bad.yaml": "a: [",
      ...Object.fromEntries(files),
    });
    expect([kinds.length, omitted, unreadable]).toEqual([2000, 501, ["bad.yaml"]]);
    expect(kinds.find(({ kind }) => kind === "Pod")?.files).toHaveLength(8);
  });
});
