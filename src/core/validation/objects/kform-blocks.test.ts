import { describe, expect, it } from "vitest";
import { validatePackage } from "../validate-package.ts";

const BLOCK = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n";
const INPUT =
  "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: in\n  annotations:\n    kform.dev/block-type: input\n";
const EXPRESSION = "spec:\n  replicas: input.in[0].data.replicas\n";
const LOCAL = '  annotations: {config.kubernetes.io/local-config: "true"}\n';

const messagesOf = (files: Readonly<Record<string, string>>) => {
  const encoder = new TextEncoder();
  const bytes = Object.entries(files).map(([path, text]) => [path, encoder.encode(text)] as const);
  return validatePackage(bytes).problems.map(({ path, message }) => `${path}: ${message}`);
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
});
