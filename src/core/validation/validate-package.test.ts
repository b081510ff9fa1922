import { describe, expect, it } from "vitest";
import { ExcludedFiles } from "./ignore/ignore-file.ts";
import { validatePackage } from "./validate-package.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\nunknown: 1\n`;
const POLICIES = [
  { name: "kinds", match: { kinds: ["ConfigMap"] }, expression: "false", message: "m" },
  { name: "all", expression: "object.metadata.name != 'out'", message: "m" },
];

function validate(files: Readonly<Record<string, string>>, policies = POLICIES, isBlueprint = false) {
  const all = Object.entries(files).map(([path, text]) => [path, encode(text)] as const);
  const excluded = new ExcludedFiles(all.map(([path, bytes]) => ({ path, bytes })));
  const { problems, warnings, unreadable } = validatePackage(all, { excluded, policies, isBlueprint });
  return { found: [...problems, ...warnings].map(({ path, rule }) => `${path} ${rule}`), unreadable };
}

describe("validatePackage", () => {
  it("leaves excluded files out, but for policies: those about kinds in a blueprint, which nobody applies", () => {
    const files = { ".krmignore": "out/\n", "a.yaml": map("in"), "out/a.yaml": map("in"), "out/b.yaml": map("out") };
    const ofKinds = ["a.yaml policy/kinds", "out/a.yaml policy/kinds", "out/b.yaml policy/kinds"];
    expect(validate(files, POLICIES, true).found).toEqual([...ofKinds, "a.yaml unknown-field"]);
    expect(validate(files).found).toEqual([...ofKinds, "out/b.yaml policy/all", "a.yaml unknown-field"]);
    expect(validate(files, []).found).toEqual(["a.yaml unknown-field"]);
  });

  const NO_SECRETS = [{ name: "secrets", match: { kinds: ["Secret"] }, expression: "false", message: "m" }];
  const secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
  it.each([
    ["has a key twice, of which most tools take the last one", `kind: ConfigMap\n${secret}`],
    ["has another document that is no YAML", `a: [\n---\n${secret}`],
    ["is in UTF-16", `\uFEFF${secret}`],
    ["has a list whose items are an alias", `a: &a\n- ${secret.replaceAll("\n", "\n  ")}\nkind: List\nitems: *a\n`],
    ["has a list of a list", `kind: List\nitems:\n- kind: List\n  items:\n  - ${secret.replaceAll("\n", "\n    ")}\n`],
    ["merges its kind", `a: &a {kind: Secret}\n<<: *a\napiVersion: v1\nmetadata: {name: a}\n`],
  ])("looks for policies at an excluded file that %s", (title, text) => {
    const bytes = title.includes("UTF-16") ? new Uint8Array(Buffer.from(text, "utf16le")) : encode(text);
    const files: readonly (readonly [string, Uint8Array])[] = [
      [".krmignore", encode("x.yaml")],
      ["x.yaml", bytes],
    ];
    const excluded = new ExcludedFiles(files.map(([path, content]) => ({ path, bytes: content })));
    for (const isBlueprint of [true, false]) {
      const { problems } = validatePackage(files, { excluded, policies: NO_SECRETS, isBlueprint });
      expect(problems.map(({ path, rule }) => `${path} ${rule}`)).toEqual(["x.yaml policy/secrets"]);
    }
  });

  it.each([
    ["a list whose items are an alias", `a: &a\n- ${secret.replaceAll("\n", "\n  ")}\nkind: List\nitems: *a\n`],
    ["a list of a list", `kind: List\nitems:\n- kind: List\n  items:\n  - ${secret.replaceAll("\n", "\n    ")}\n`],
  ])("finds the objects in %s", (_, text) => {
    expect(validate({ "x.yaml": text }, NO_SECRETS).found).toContain("x.yaml policy/secrets");
  });

  const block = (type: string, more = "") =>
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: b\n  annotations: {kform.dev/block-type: ${type}${more}}\n`;
  it("evaluates policies on blocks that the tool of a target applies, since nothing marks them", () => {
    const marked = ', config.kubernetes.io/local-config: "true"';
    const files = { "a.yaml": block("input"), "b.yaml": secret, "c.yaml": block("local", marked) };
    expect(validate(files, NO_SECRETS, true).found).toEqual([]);
    expect(validate(files, NO_SECRETS).found).toEqual(["a.yaml policy/secrets", "b.yaml policy/secrets"]);
  });

  it("names the files that cannot be read, if they are not excluded: what policies would say is not known", () => {
    const files = { ".krmignore": "out/\n", "b.yaml": "a: [\n", "out/b.yaml": "a: [\n" };
    expect(validate(files, [])).toEqual({ found: [], unreadable: ["b.yaml"] });
    expect(validate(files)).toEqual({ found: ["b.yaml policy"], unreadable: ["b.yaml"] });
  });

  it("evaluates policies about kinds on JSON, as its readers take it", () => {
    const twice =
      '{"apiVersion": "v1",\t"kind": "Secret", "kind": "ConfigMap", "metadata": {"name": "a"}, "unknown": 1}';
    const files = { "a.json": twice, "b.json": "{", "c.json": '{"kind": 1}', "d.json": "[]" };
    expect(validate(files)).toEqual({ found: ["a.json policy/kinds"], unreadable: [] });
    expect(validate(files, [])).toEqual({ found: [], unreadable: [] });
  });

  const json = (name: string) => `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "${name}"}}`;
  it.each([
    ["several values", `${json("a")}\n${json("b")}`, 2],
    [
      "several values in a line, of which the last one is cut off",
      `${json('a{\\"')} ${json("b")} {"apiVersion": "v1"`,
      2,
    ],
    ["YAML", map("a"), 1],
    ["YAML in brackets", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n", 1],
    ["JSON, and YAML after it", `${json("a")}\n---\n${map("b")}`, 2],
    ["a list of any kind", `{"apiVersion": "v1", "kind": "Any", "items": [${json("a")}]}`, 1],
  ])("evaluates policies about kinds on a JSON file with %s, as kubectl takes it", (_, text, count) => {
    const found = Array.from({ length: count }, () => "a.json policy/kinds");
    expect(validate({ "a.json": text }).found).toEqual(found);
  });

  it.each([
    [
      "an item of a list",
      `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n`,
    ],
    [
      "an item of any kind",
      `apiVersion: v1\nkind: Any\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n`,
    ],
    ["an item of its own list", "apiVersion: v1\nkind: ConfigMapList\nitems: [{metadata: {name: a}}]\n"],
    [
      "an item of an item",
      "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: ConfigMapList, items: [{metadata: {name: a}}]}]\n",
    ],
    [
      "an alias",
      "x: &a {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\nkind: List\napiVersion: v1\nitems: [*a]\n",
    ],
    [
      "merged items",
      "x: &a {items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]}\nkind: List\napiVersion: v1\n<<: *a\n",
    ],
    ["a kind in base64", "apiVersion: v1\nkind: !!binary Q29uZmlnTWFw\nmetadata: {name: a}\n"],
    ["lines that end with CR in a comment", "# x\rapiVersion: v1\rkind: ConfigMap\rmetadata: {name: a}\r"],
  ])("finds an object that kubectl applies: %s", (_, text) => {
    const { found } = validate({ "a.yaml": text });
    expect(found.filter((one) => one.endsWith("policy/kinds"))).toEqual(["a.yaml policy/kinds"]);
  });

  it("compares built-in kinds with their schemas, whatever a definition in the package says of them", () => {
    const definition = (group: string, kind: string) =>
      `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x.${group}}\nspec:\n` +
      `  {group: ${group}, names: {kind: ${kind}}, versions: [{name: v1, schema: {openAPIV3Schema: {type: object}}}]}\n`;
    const object = (apiVersion: string, kind: string) =>
      `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\nspec: {replicas: many}\n`;
    const files = {
      "a.yaml": `${definition("apps", "Deployment")}---\n${definition("example.com", "Web")}`,
      "b.yaml": `${object("apps/v1", "Deployment")}---\n${object("example.com/v1", "Web")}`,
    };
    const { found } = validate(files, []);
    expect(found.filter((one) => one === "b.yaml schema").length).toBeGreaterThan(1);
    expect(found).toContain("b.yaml unknown-field");
  });
});
