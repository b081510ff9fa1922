import { describe, expect, it } from "vitest";
import type { Policy } from "../../api/v1alpha1/repository-policies.ts";
import { type ProcessSettings, processPackage } from "./process-package.ts";
import { MAX_PROCESSED_BYTES, tooLarge } from "./size-limit.ts";

const SETTINGS: ProcessSettings = {
  isKept: false,
  inputs: [],
  isBlueprint: false,
  policies: [],
  facts: {},
  schemaSeverity: "error",
};
const KPTFILE = `apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: app
pipeline:
  mutators:
  - image: set-namespace:v0.4.1
    configMap:
      namespace: app
`;
const BAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: 1\n";
const policy: Policy = { name: "no-maps", expression: "object.kind != 'ConfigMap'", message: "no ConfigMaps" };

async function process(texts: Readonly<Record<string, string>>, settings: Partial<ProcessSettings> = {}) {
  const files = new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));
  return await processPackage({ files, others: new Set(), settings: { ...SETTINGS, ...settings } });
}

describe("processPackage", () => {
  it("validates what the render makes of the files", async () => {
    const { render, validation, results } = await process({ Kptfile: KPTFILE, "a.yaml": BAD });
    expect(render).toMatchObject({ kind: "changed", functions: ["set-namespace@1"], removed: [] });
    expect(validation).toMatchObject({ errors: 1, warnings: 0, problems: [{ path: "a.yaml", line: 7 }] });
    expect(results.map(({ severity, source }) => [severity, source])).toEqual([["error", "schema"]]);
  });

  it("validates a proposal as it is, and tells whether a render would change it", async () => {
    const { render, validation } = await process({ Kptfile: KPTFILE, "a.yaml": BAD }, { isKept: true });
    expect(render.kind).toBe("changed");
    expect(validation).toMatchObject({ errors: 1, problems: [{ path: "a.yaml", line: 6 }] });
  });

  it("validates nothing that was not rendered, and says which function failed", async () => {
    const { render, validation, results, resultsCount } = await process({
      Kptfile: KPTFILE.replace("set-namespace", "none"),
      "a.yaml": BAD,
    });
    expect(render).toMatchObject({
      kind: "failed",
      failure: { reason: "FunctionNotAvailable", file: "Kptfile", line: 7 },
    });
    expect(validation).toBeUndefined();
    expect([results.length, resultsCount]).toEqual([1, 1]);
  });

  it("lists the error of a function once", async () => {
    const failing = KPTFILE.replace("set-namespace:v0.4.1", "set-image:v0.1.1").replace("namespace: app", "name: ''");
    const { results, resultsCount } = await process({ Kptfile: failing, "a.yaml": BAD });
    expect(results).toMatchObject([{ severity: "error", source: "set-image:v0.1.1", path: "Kptfile" }]);
    expect(resultsCount).toBe(1);
  });

  it("evaluates the policies of the Repository, also where schemas only warn", async () => {
    const { validation } = await process({ "a.yaml": BAD }, { policies: [policy], schemaSeverity: "warning" });
    expect(validation).toMatchObject({ errors: 1, warnings: 1, problems: [{ source: "policy/no-maps" }] });
  });

  it("compares with the APIs of the Repository's version of Kubernetes, if it is one", async () => {
    const budget = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata:\n  name: a\n";
    const of = async (kubernetesVersion: string) =>
      (await process({ "a.yaml": budget }, { kubernetesVersion })).results;
    expect(await of("1.25")).toMatchObject([{ severity: "error", path: "a.yaml" }]);
    expect(await of("1.24")).toMatchObject([{ severity: "warning", path: "a.yaml" }]);
    expect(await of("latest")).toMatchObject([{ severity: "error" }, { severity: "warning", source: "validation" }]);
  });

  it("lists the worst of many results, and counts all", async () => {
    const maps = Array.from({ length: 80 }, (_, at) => BAD.replace("name: a", `name: a${at}`)).join("---\n");
    const warned = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  nonsense: 1\n";
    const { results, resultsCount, validation } = await process({ "a.yaml": warned, "b.yaml": maps });
    expect(results.length).toBe(50);
    expect(results.every(({ severity }) => severity === "error")).toBe(true);
    expect(resultsCount).toBe((validation?.errors ?? 0) + (validation?.warnings ?? 0));
    expect(validation?.warnings).toBe(1);
  });
});

describe("results with long places", () => {
  it("take no more of a status than it has room for, the worst first", async () => {
    const folder = "x".repeat(200);
    const path = (at: number) => `${folder}/${folder}/${at}.yaml`;
    const bad = (at: number) => BAD.replace("name: a", `name: a${at}`);
    const warned = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  nonsense: 1\n";
    const errors = Object.fromEntries(Array.from({ length: 80 }, (_, at) => [path(at), bad(at)]));
    const { results, resultsCount } = await process({ "a.yaml": warned, ...errors });
    expect(JSON.stringify(results).length).toBeLessThan(17 * 1024);
    expect(results.length).toBeGreaterThan(20);
    expect(results.every(({ severity }) => severity === "error")).toBe(true);
    expect(resultsCount).toBeGreaterThan(80);
  });
});

describe("a package with too much YAML", () => {
  const file = (path: string, text: string) => ({ path, bytes: new TextEncoder().encode(text) });

  it("is not held back where nothing of it would be rendered or is to be checked", () => {
    expect(tooLarge([file("a.yaml", "a: 1\n"), file("Kptfile", "kind: Kptfile\n")], SETTINGS)).toMatchObject({
      render: { kind: "none" },
      validation: { errors: 0, warnings: 1 },
      results: [{ severity: "warning", message: expect.stringContaining(`${MAX_PROCESSED_BYTES / 1024 / 1024} MiB`) }],
    });
  });

  it.each([
    ["a pipeline", [file("Kptfile", KPTFILE)], SETTINGS],
    ["a block of the package language", [file("a.yaml", "kform.dev/block-type: input\n")], SETTINGS],
    ["policies", [file("a.yaml", "a: 1\n")], { ...SETTINGS, policies: [policy] }],
  ])("is held back where it has %s", (_, files, settings) => {
    expect(tooLarge(files, settings)).toMatchObject({
      render: { kind: "failed", failure: { reason: "LimitExceeded" } },
    });
  });
});
