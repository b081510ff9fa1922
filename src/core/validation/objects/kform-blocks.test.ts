import { describe, expect, it } from "vitest";
import { type ValidationOptions, validatePackage } from "../validate-package.ts";

const BLOCK = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n";
const INPUT =
  "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: in\n  annotations:\n    kform.dev/block-type: input\n";
const EXPRESSION = "spec:\n  replicas: input.in[0].data.replicas\n";
const LOCAL = '  annotations: {config.kubernetes.io/local-config: "true"}\n';

const messagesOf = (files: Readonly<Record<string, string>>, options?: ValidationOptions) => {
  const encoder = new TextEncoder();
  const bytes = Object.entries(files).map(([path, text]) => [path, encoder.encode(text)] as const);
  return validatePackage(bytes, options).problems.map(({ path, message }) => `${path}: ${message}`);
};

describe("validatePackage", () => {
  it("leaves out blocks, which have expressions in the place of values", () => {
    expect(messagesOf({ "a.yaml": `${INPUT}---\n${BLOCK}${EXPRESSION}` })).toEqual([]);
  });

  it("does not take a block and what it makes for duplicates", () => {
    const made = { "out/apps_v1.Deployment..web.yaml": `${BLOCK}spec: {selector: {}, template: {}}\n` };
    expect(messagesOf({ "a.yaml": `${INPUT}---\n${BLOCK}`, ...made })).toEqual([]);
  });

  it("compares what blocks make, and the configuration of tools beside them", () => {
    const broken = `${BLOCK}${EXPRESSION.replace("input.in[0].data.replicas", "many")}`;
    const found = messagesOf({
      "a.yaml": INPUT,
      "out/b.yaml": broken,
      "c.yaml": broken.replace("spec", `${LOCAL}spec`),
    });
    expect(found.filter((message) => message.includes("replicas")).map((message) => message.split(":")[0])).toEqual([
      "c.yaml",
      "out/b.yaml",
    ]);
  });

  it("compares all objects of a package without blocks", () => {
    expect(messagesOf({ "a.yaml": `${BLOCK}${EXPRESSION}` })).toEqual(
      expect.arrayContaining([expect.stringContaining("spec.replicas: must be integer")]),
    );
  });

  it.each([
    [
      "a list",
      "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Any, metadata: {annotations: {kform.dev/block-type: input}}}\n",
    ],
    [
      "an alias",
      `x: &a {kform.dev/a: b}\n${INPUT.replace("  annotations:\n    kform.dev/block-type: input\n", "  annotations: *a\n")}`,
    ],
    ["a name that the render does not find", INPUT.replace("kform.dev/block-type", '"kform\\x2edev/block-type"')],
    ["another value than a text", INPUT.replace("block-type: input", "block-type: {}")],
  ])("compares the objects beside %s, which is no block for a render", (_, text) => {
    expect(messagesOf({ "a.yaml": text, "b.yaml": `${BLOCK}${EXPRESSION}` })).toEqual(
      expect.arrayContaining([expect.stringContaining("spec.replicas: must be integer")]),
    );
  });

  const POLICY = { name: "names", expression: "object.metadata.name != 'in'", message: "not in" };
  const marked = INPUT.replace("annotations:", 'annotations:\n    config.kubernetes.io/local-config: "true"');

  it("evaluates policies on blocks that tools apply as they are: a mark must be no way around them", () => {
    const policies = [POLICY, { ...POLICY, name: "kinds", match: { kinds: ["ConfigMap"] } }];
    expect(messagesOf({ "a.yaml": INPUT }, { policies })).toEqual([
      expect.stringMatching(/^a.yaml: policy names: not in. This is a block without .*local-config: "true", which/),
      expect.stringMatching(/^a.yaml: policy kinds: not in. This is a block/),
    ]);
    expect(messagesOf({ "a.yaml": marked }, { policies })).toEqual([]);
  });

  it("evaluates no policies on the blocks of a blueprint, which no tool applies", () => {
    expect(messagesOf({ "a.yaml": INPUT }, { policies: [POLICY], isBlueprint: true })).toEqual([]);
  });

  it("takes linear time in the objects of a file", () => {
    const text = Array.from({ length: 30_000 }, (_, at) => BLOCK.replace("web", `web${at}`)).join("---\n");
    const started = performance.now();
    messagesOf({ "a.yaml": `${text}---\n${INPUT}` });
    expect(performance.now() - started).toBeLessThan(25_000);
  });
});
