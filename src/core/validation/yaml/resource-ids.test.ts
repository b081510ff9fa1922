import { describe, expect, it } from "vitest";
import { checkYaml } from "./check-yaml.ts";

const resourcesOf = (text: string) =>
  checkYaml(new TextEncoder().encode(text)).resources?.map(({ id, line, column }) => `${line}:${column} ${id}`);
const object = (apiVersion: string, kind: string, metadata: string) =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: ${metadata}\n`;

describe("the resources of a file", () => {
  it("are its objects, by group, kind, namespace and name, with their positions", () => {
    const text = [
      object("v1", "ConfigMap", "{name: a}"),
      `# two\n${object("apps/v1", "Deployment", "{name: a, namespace: web}")}`,
      object("apps/v1beta1", "Deployment", "{name: a, namespace: default}"),
    ].join("---\n");
    expect(resourcesOf(text)).toEqual(["1:1 ConfigMap a", "6:1 Deployment.apps web/a", "10:1 Deployment.apps a"]);
  });

  it("are the items of a list", () => {
    const item = "{apiVersion: v1, kind: Secret, metadata: {name: b}}";
    expect(resourcesOf(`apiVersion: v1\nkind: List\nitems:\n- ${item}\n-   ${item}\n`)).toEqual([
      "4:3 Secret b",
      "5:5 Secret b",
    ]);
  });

  it.each([
    ["nothing", ""],
    ["a text", "hello\n"],
    ["values", "replicas: 3\n"],
    ["no name", object("v1", "ConfigMap", "{labels: {}}")],
    ["a generated name", object("v1", "ConfigMap", "{generateName: a-}")],
    ["no kind", "apiVersion: v1\nmetadata: {name: a}\n"],
    ["metadata of another type", object("v1", "ConfigMap", "5")],
    ["a name that is a number", object("v1", "ConfigMap", "{name: 5}")],
    ["a group that is none", object("a b/v1", "ConfigMap", "{name: a}")],
    ["an alias", "a: &x {name: a}\napiVersion: v1\nkind: ConfigMap\nmetadata: *x\n"],
  ])("are none in %s", (_, text) => {
    expect(resourcesOf(text) ?? []).toEqual([]);
  });

  it("are listed with names that Kubernetes would not take: kustomize compares them as well", () => {
    expect(resourcesOf(object("apps/v1", "Deployment", '{name: "a b", namespace: web}'))).toEqual([
      '1:1 Deployment.apps "web/a\\u0020b"',
    ]);
    expect(resourcesOf(object("v1", "ConfigMap", "{name: 'input.a[0].x'}"))).toEqual(['1:1 ConfigMap "input.a[0].x"']);
    expect(resourcesOf(object("v1", "ConfigMap", `{name: "${"a".repeat(1000)}"}`)) ?? []).toEqual([]);
  });

  it("are not looked for in a file with problems", () => {
    expect(resourcesOf(`${object("v1", "ConfigMap", "{name: a}")}a: 1\na: 2\n`)).toBeUndefined();
  });

  it("are 1,000 at most, found in one pass", () => {
    const text = `${object("v1", "ConfigMap", "{name: a}")}---\n`.repeat(1500);
    const found = resourcesOf(text) ?? [];
    expect(found).toHaveLength(1000);
    expect(found.at(-1)).toBe("3997:1 ConfigMap a");
  });
});

describe("the first document of a file that is no resource", () => {
  const placeOf = (text: string) => checkYaml(new TextEncoder().encode(text)).notResource;

  it.each([
    ["values", "replicas: 3\n", { line: 1, column: 1 }],
    ["a text after an object", `${object("v1", "ConfigMap", "{name: a}")}---\n# c\n  hello\n`, { line: 6, column: 3 }],
    ["a list", "- a\n", { line: 1, column: 1 }],
    ["no kind", "metadata: {name: a}\n", { line: 1, column: 1 }],
    ["a generated name", object("v1", "ConfigMap", "{generateName: a}"), { line: 1, column: 1 }],
  ])("is found: %s", (_, text, place) => expect(placeOf(text)).toEqual(place));

  it.each([
    ["an object", object("v1", "ConfigMap", "{name: a}")],
    ["an object with a name that Kubernetes refuses", object("v1", "ConfigMap", "{name: a b}")],
    ["a list of objects", "apiVersion: v1\nkind: ConfigMapList\nitems: []\n"],
    ["nothing", "# a comment\n---\n---\n"],
    ["an alias", "a: &x {name: a}\napiVersion: v1\nkind: ConfigMap\nmetadata: *x\n"],
  ])("is not found: %s", (_, text) => expect(placeOf(text)).toBeUndefined());
});
