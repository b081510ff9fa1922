import { describe, expect, it } from "vitest";
import { type ProcessSettings, processPackage } from "./process-package.ts";

const INPUT = `apiVersion: v1
kind: ConfigMap
metadata:
  name: size
  annotations:
    kform.dev/block-type: input
data:
  region: none
`;
const OUTPUT = `apiVersion: v1
kind: ConfigMap
metadata:
  name: app
  namespace: shop
data:
  region: input.size[0].data.region
`;
const SETTINGS: ProcessSettings = {
  isKept: false,
  inputs: [],
  isBlueprint: false,
  policies: [],
  facts: { packageRevID: { repository: "edge", package: "app", workspace: "one" }, labels: {} },
  schemaSeverity: "error",
};

async function process(settings: Partial<ProcessSettings>, output = OUTPUT) {
  const files = new Map([["app.yaml", new TextEncoder().encode(`${INPUT}---\n${output}`)]]);
  return await processPackage({ files, others: new Set(), settings: { ...SETTINGS, ...settings } });
}

describe("processPackage", () => {
  it("renders kform blocks with the inputs of the package revision", async () => {
    const value = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "size" }, data: { region: "eu" } };
    const { render } = await process({ inputs: [value] });
    if (render.kind !== "changed") throw new Error(`the render is ${render.kind}`);
    expect(render.functions).toEqual(["kform@1"]);
    const text = new TextDecoder().decode(render.changed.get("out/v1.ConfigMap.shop.app.yaml"));
    expect(text).toContain("region: eu");
  });

  it("says which input is missing", async () => {
    const { render } = await process({});
    expect(render).toMatchObject({ kind: "failed", failure: { reason: "InputMissing", file: "app.yaml", line: 1 } });
  });

  it("names the input that does not fit as the API has it", async () => {
    const value = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "size" }, data: { region: 5 } };
    const { render } = await process({ inputs: [value] });
    expect(render).toMatchObject({
      failure: { message: expect.stringMatching(/^spec\.inputs\[0\], for input\.size: /) as string },
    });
  });

  it("leaves the blocks of a blueprint to those who clone it", async () => {
    expect((await process({ isBlueprint: true })).render).toEqual({ kind: "none" });
  });

  it("finds what is wrong in the blocks of a blueprint", async () => {
    const { render } = await process({ isBlueprint: true }, OUTPUT.replace("input.size", "input.sice"));
    expect(render).toMatchObject({
      kind: "failed",
      failure: { reason: "ExpressionFailed", file: "app.yaml", line: 16 },
    });
  });
});
