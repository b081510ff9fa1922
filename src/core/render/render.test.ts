import { describe, expect, it } from "vitest";
import { render } from "./render.ts";

const kptfile = (mutators: readonly object[]) =>
  JSON.stringify({ apiVersion: "kpt.dev/v1", kind: "Kptfile", metadata: { name: "p" }, pipeline: { mutators } });
const object = (name: string, rest: object = {}) =>
  JSON.stringify({ apiVersion: "v1", kind: "Widget", metadata: { name }, ...rest });
const replacements = (list: readonly object[]) =>
  JSON.stringify({
    apiVersion: "fn.kpt.dev/v1alpha1",
    kind: "ApplyReplacements",
    metadata: { name: "r" },
    replacements: list,
  });
const LABELS = { image: "set-labels", configMap: { a: "b" } };

describe("the bounds of a render", () => {
  it("end functions that copy ever more", async () => {
    const copy = { source: { kind: "Widget", fieldPath: "spec" }, targets: [] as object[] };
    copy.targets.push({ select: { kind: "Widget" }, fieldPaths: ["spec.a", "spec.b"], options: { create: true } });
    const files = new Map([
      ["Kptfile", kptfile([{ image: "apply-replacements", configPath: "r.json" }])],
      ["r.json", replacements(Array.from({ length: 100 }, () => copy))],
      ["a.json", object("a", { spec: { x: 1 } })],
    ]);
    const started = performance.now();
    const { failure } = await render(files, { limits: { values: 100_000 } });
    expect(failure).toMatchObject({ reason: "LimitExceeded", function: "apply-replacements" });
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  it("end functions that nest ever deeper", async () => {
    const copy = {
      source: { kind: "Widget", fieldPath: "spec" },
      targets: [{ select: { kind: "Widget" }, fieldPaths: ["spec.a"], options: { create: true } }],
    };
    const files = new Map([
      ["Kptfile", kptfile([{ image: "apply-replacements", configPath: "r.json" }])],
      ["r.json", replacements(Array.from({ length: 300 }, () => copy))],
      ["a.json", object("a", { spec: { x: 1 } })],
    ]);
    expect((await render(files)).failure).toMatchObject({ reason: "FunctionFailed" });
  });

  it.each([
    ["functions", { functions: 2 }, { Kptfile: kptfile([LABELS, LABELS, LABELS]) }],
    ["resources", { resources: 2 }, { Kptfile: kptfile([LABELS]), "a.json": object("a"), "b.json": object("b") }],
    ["output", { output: 100 }, { Kptfile: kptfile([LABELS]), "a.json": object("a", { x: "x".repeat(100) }) }],
    ["values", { values: 10 }, { Kptfile: kptfile([LABELS]), "a.json": object("a", { x: Array(20).fill(1) }) }],
  ])("apply to %s", async (_, limits, files) => {
    expect((await render(new Map(Object.entries(files)), { limits })).failure).toMatchObject({
      reason: "LimitExceeded",
    });
  });

  it("keep the first results, and count all", async () => {
    const files = new Map([
      ["Kptfile", kptfile([{ image: "search-replace", configMap: { "by-value": "x" } }])],
      ["a.json", object("a", { list: Array(50).fill("x") })],
    ]);
    const { results, counts } = await render(files, { limits: { results: 10 } });
    expect([results.length, counts.info]).toEqual([10, 51]);
  });

  it("keep warnings where informations are too many", async () => {
    const files = new Map([
      [
        "Kptfile",
        kptfile([
          { image: "search-replace", configMap: { "by-value": "x" } },
          { image: "list-setters" },
          { image: "remove-local-config-resources" },
        ]),
      ],
      ["a.json", object("a", { spec: Array.from({ length: 20 }, () => "x") })],
    ]);
    const { results } = await render(files, { limits: { results: 10 } });
    expect(results.map(({ severity }) => severity)).toEqual([...Array(8).fill("info"), "warning", "warning"]);
  });

  it("refuse patterns that would take memory, and long ones", async () => {
    for (const pattern of ["((a{100}){100}){100}", "x*".repeat(1000)]) {
      const configMap = { "by-value-regex": pattern, "put-value": "y" };
      const files = new Map([
        ["Kptfile", kptfile([{ image: "search-replace", configMap }])],
        ["a.json", object("a", { x: "a".repeat(10_000) })],
      ]);
      expect((await render(files)).failure).toMatchObject({ reason: "FunctionFailed", field: "by-value-regex" });
    }
  });
});

describe("setters", () => {
  it("with many wildcards are matched in linear time", async () => {
    const setters = Array.from({ length: 30 }, (_, at) => `\${s${at}}`).join("-");
    const files = new Map([
      ["Kptfile", kptfile([{ image: "apply-setters", configMap: { s0: "x" }, exclude: [{ kind: "Kptfile" }] }])],
      [
        "a.yaml",
        `apiVersion: v1\nkind: Widget\nmetadata:\n  name: a\nx: ${"a-".repeat(20_000)}! # kpt-set: ${setters}@\n`,
      ],
    ]);
    const started = performance.now();
    expect((await render(files)).failure).toMatchObject({ reason: "FunctionFailed", field: "x" });
    expect(performance.now() - started).toBeLessThan(60_000);
  });
});

describe("files that are no text", () => {
  const Kptfile = kptfile([LABELS]);

  it("are refused where an object is expected", async () => {
    expect((await render(new Map([["Kptfile", Kptfile]]), { binaries: new Set(["a.yaml"]) })).failure).toMatchObject({
      reason: "InvalidYAML",
      message: "not UTF-8 text",
      file: "a.yaml",
    });
  });

  it("are left alone elsewhere", async () => {
    const files = new Map([
      ["Kptfile", Kptfile],
      [".krmignore", "b.yaml\n"],
    ]);
    expect((await render(files, { binaries: new Set(["logo.png", "b.yaml"]) })).failure).toBeUndefined();
  });
});

describe("the functions that ran", () => {
  it("are listed with their packages, images and versions", async () => {
    const files = new Map([
      ["Kptfile", kptfile([{ ...LABELS, name: "labels" }])],
      ["sub/Kptfile", kptfile([{ image: "gcr.io/kpt-fn/set-image:v0.1", configMap: { name: "a", newTag: "b" } }])],
    ]);
    expect((await render(files)).functions).toEqual([
      { package: "sub", image: "gcr.io/kpt-fn/set-image:v0.1", version: "set-image@1", resources: 1 },
      { package: "", image: "set-labels", name: "labels", version: "set-labels@1", resources: 2 },
    ]);
  });
});
