import { describe, expect, it } from "vitest";
import { findDuplicates } from "./duplicates.ts";
import { locateFindings } from "./finding.ts";
import { parseObjects } from "./parse-objects.ts";

function duplicates(files: Readonly<Record<string, string>>): readonly string[] {
  const { objects } = parseObjects(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
  const found = locateFindings(findDuplicates(objects, Object.keys(files)), 100);
  return found.map(({ path, line, column, message }) => `${path}:${line}:${column} ${message}`);
}
const object = (apiVersion: string, kind: string, metadata: string) =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: ${metadata}\n`;
const MAP = object("v1", "ConfigMap", "{name: a}");

describe("findDuplicates", () => {
  it("names both places of what is one object in a cluster", () => {
    const files = {
      "b.yaml": `${object("apps/v1", "Deployment", "{name: a, namespace: web}")}---\n${MAP}`,
      "a.yaml": `# a\n${object("apps/v1beta1", "Deployment", "{name: a, namespace: web}")}`,
      "c.yaml": object("v1", "List", "{}").replace("metadata: {}", `items: [{${MAP.trim().replaceAll("\n", ", ")}}]`),
    };
    expect(duplicates(files)).toEqual([
      "b.yaml:1:1 Deployment.apps web/a is also at a.yaml:2:1: remove or rename one of them",
      "c.yaml:3:9 ConfigMap a is also at b.yaml:5:1: remove or rename one of them",
    ]);
  });

  it("takes objects without a namespace for those of the namespace default", () => {
    expect(duplicates({ "a.yaml": MAP, "b.yaml": object("v1", "ConfigMap", "{name: a, namespace: default}") })).toEqual(
      [expect.stringContaining("ConfigMap a is also at a.yaml:1:1")],
    );
  });

  it.each([
    ["another name", object("v1", "ConfigMap", "{name: b}")],
    ["another namespace", object("v1", "ConfigMap", "{name: a, namespace: b}")],
    ["another kind", object("v1", "Secret", "{name: a}")],
    ["another group", object("example.com/v1", "ConfigMap", "{name: a}")],
    ["no name", object("v1", "ConfigMap", "{generateName: a}")],
    ["a name that is a number", object("v1", "ConfigMap", "{name: 5}")],
    [
      "the configuration of a tool",
      object("v1", "ConfigMap", "{name: a, annotations: {config.kubernetes.io/local-config: 'true'}}"),
    ],
  ])("finds none in %s", (_, text) => expect(duplicates({ "a.yaml": MAP, "b.yaml": text })).toEqual([]));

  it("leaves folders alone in which kustomize may patch or rename", () => {
    expect(duplicates({ "a.yaml": MAP, "prod/kustomization.yaml": "", "prod/x/b.yaml": MAP })).toEqual([]);
    expect(duplicates({ "a.yaml": MAP, "prod/kustomization.yaml": "", "product/b.yaml": MAP })).toHaveLength(1);
    expect(duplicates({ "a.yaml": MAP, Kustomization: "", "b.yaml": MAP })).toEqual([]);
  });

  it("takes linear time, and keeps messages short", () => {
    const long = "x".repeat(300);
    const text = Array.from({ length: 5_000 }, (_, n) => object("v1", "A", `{name: ${long}${n}}`)).join("---\n");
    const started = performance.now();
    const found = duplicates({ [`${long}.yaml`]: text, "z.yaml": text });
    expect(found).toHaveLength(100);
    expect(found[0]?.length).toBeLessThan(256);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
