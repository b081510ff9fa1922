import { describe, expect, it } from "vitest";
import { validatePackage } from "../validate-package.ts";
import { readYaml } from "../yaml/check-yaml.ts";
import { findMissingReferences } from "./missing-references.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const files = (texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).map(([path, text]) => [path, encode(text)] as const);

function missing(kustomization: string, others: readonly string[] = [], path = "kustomization.yaml") {
  const found = findMissingReferences(files({ [path]: kustomization }), [path, ...others], readYaml);
  return found.map(
    ({ field, message }) => `${field.join(".")}: ${message.replace(": kustomize builds nothing here", "")}`,
  );
}

describe("findMissingReferences", () => {
  it("finds files and folders that are not there, wherever a kustomization names them", () => {
    const text = `
resources: [a.yaml, base, sub, ./b.yaml]
components: [c]
patches: [{path: p.yaml}, {patch: "- op: remove"}]
patchesStrategicMerge:
- s.yaml
- "kind: Inline"
- |-
  apiVersion: v1
  kind: Inline
patchesJson6902: [{path: j.yaml}]
replacements: [{path: r.yaml}, {source: {kind: A}}]
configMapGenerator: [{name: c, files: [x.txt, key=y.txt], envs: [e.env], env: f.env, literals: [a=b]}]
secretGenerator: [{name: s, files: [key=s.txt]}]
crds: [crd.json]
openapi: {path: o.json}
`;
    const is = "is not in the package";
    expect(missing(text, ["b.yaml", "x.txt", "base/a.yaml", "sub/kustomization.yml", "o.json"])).toEqual([
      `resources.0: "a.yaml" ${is}`,
      'resources.1: "base" has no kustomization file',
      `components.0: "c" ${is}`,
      `crds.0: "crd.json" ${is}`,
      `patchesStrategicMerge.0: "s.yaml" ${is}`,
      `patches.0.path: "p.yaml" ${is}`,
      `patchesJson6902.0.path: "j.yaml" ${is}`,
      `replacements.0.path: "r.yaml" ${is}`,
      `configMapGenerator.0.files.1: "y.txt" ${is}`,
      `configMapGenerator.0.envs.0: "e.env" ${is}`,
      `configMapGenerator.0.env: "f.env" ${is}`,
      `secretGenerator.0.files.0: "s.txt" ${is}`,
    ]);
  });

  it("looks for nothing that is outside of the package, or on another host", () => {
    const text = `resources:
- ../base
- ../../other/a.yaml
- /etc/a.yaml
- https://example.org/a.yaml
- github.com/example/base//app?ref=v1
- git@example.org:a/b.git
- ssh://git@example.org/a
- oci://example.org/a
- 1
`;
    expect(missing(text)).toEqual([]);
    expect(
      missing("resources: [../base, ../../above, ..]", ["base/kustomization.yaml"], "sub/kustomization.yaml"),
    ).toEqual(['resources.2: ".." has no kustomization file']);
  });

  it("reads what is a kustomization by its name alone, and ignores what is none", () => {
    expect(missing("resources: [a.yaml]", [], "x/kustomization.yml")).toHaveLength(1);
    expect(missing("resources: [a.yaml]", [], "other.yaml")).toEqual([]);
    for (const text of ["[", "a", "- b", "", "resources: a.yaml", "configMapGenerator: [1, {files: 1}]\nopenapi: 1"])
      expect(missing(text)).toEqual([]);
  });
});

describe("validatePackage", () => {
  const KUSTOMIZATION =
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- app.yaml\n- gone.yaml\n";
  const APP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\n";

  it("takes a kustomization for no object of a cluster, and warns of what it names in vain", () => {
    const found = validatePackage(files({ "kustomization.yaml": KUSTOMIZATION, "app.yaml": APP }));
    expect(found).toMatchObject({ count: 0, notCompared: [] });
    expect(found.warnings).toEqual([
      {
        path: "kustomization.yaml",
        line: 5,
        column: 3,
        rule: "kustomization",
        severity: "warning",
        message: '"gone.yaml" is not in the package: kustomize builds nothing here',
      },
    ]);
    expect(
      validatePackage(files({ "kustomization.yaml": KUSTOMIZATION }), { otherPaths: ["app.yaml", "gone.yaml"] }),
    ).toMatchObject({
      warningCount: 0,
    });
  });

  it("evaluates policies on the resources of a kustomization, and on itself only those that name its kind", () => {
    const policy = { name: "owner", expression: "has(object.metadata.labels)" };
    const all = files({ "kustomization.yaml": KUSTOMIZATION, "app.yaml": APP, "gone.yaml": "" });
    const problems = (policies: readonly (typeof policy & { readonly match?: object })[]) =>
      validatePackage(all, { policies }).problems.map(({ path }) => path);
    expect(problems([policy])).toEqual(["app.yaml"]);
    expect(problems([{ ...policy, match: { kinds: ["Kustomization"] } }])).toEqual(["kustomization.yaml"]);
  });
});
