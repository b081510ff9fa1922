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

  const LONG = "a.".repeat(2000);
  it.each([
    ["a path of search-replace", "search-replace", { "by-path": `${LONG}a`, "put-value": "x" }, "by-path"],
    ["a path expression", "search-replace", { "by-path": `**.${LONG}a` }, "by-path"],
    ["a glob", "search-replace", { "by-file-path": "a".repeat(501), "by-value": "x" }, "by-file-path"],
    ["a glob that is none", "search-replace", { "by-file-path": "[z-a]", "by-value": "x" }, "by-file-path"],
    ["a list of fields", "set-labels", { additionalLabelFields: [{ path: LONG }] }, "additionalLabelFields"],
    [
      "many fields",
      "set-labels",
      { additionalLabelFields: Array.from({ length: 201 }, () => ({ path: "a" })) },
      "additionalLabelFields",
    ],
    [
      "the source of a replacement",
      "apply-replacements",
      { replacements: [{ source: { kind: "Widget", fieldPath: LONG }, targets: [] }] },
      "replacements[0].source.fieldPath",
    ],
    [
      "the target of a replacement",
      "apply-replacements",
      { replacements: [{ sourceValue: "x", targets: [{ select: { kind: "Widget" }, fieldPaths: [LONG] }] }] },
      "replacements[0].targets[0].fieldPaths",
    ],
  ] as const)("name the field that is too long: %s", async (_, image, settings, field) => {
    const kind = { "search-replace": "ConfigMap", "set-labels": "SetLabels" }[image as string] ?? "ApplyReplacements";
    const own = kind === "ConfigMap" ? { apiVersion: "v1", data: settings } : { labels: { a: "b" }, ...settings };
    const config = { apiVersion: "fn.kpt.dev/v1alpha1", kind, metadata: { name: "c" }, ...own };
    const files = new Map([
      ["Kptfile", kptfile([{ image, configPath: "c.json" }])],
      ["c.json", JSON.stringify(config)],
      ["a.json", object("a", { spec: { x: 1 } })],
    ]);
    expect((await render(files)).failure).toMatchObject({ reason: "FunctionFailed", field });
  });

  const many = (count: number) => Array.from({ length: count }, (_, at) => at);
  const regex = `(${many(90)
    .map((at) => `[ab]{${at + 10}}x`)
    .join("|")})$`;
  it.each([
    ["regular expressions", "search-replace", { "by-value-regex": regex }],
    ["globs", "search-replace", { "by-file-path": "{a,b,c,d}*".repeat(40), "by-value": "x" }],
    ["paths", "search-replace", { "by-path": "**.a.".repeat(150) }],
  ])("end functions that match for too long: %s", async (_, image, configMap) => {
    const files = new Map([
      ["Kptfile", kptfile([{ image, configMap }])],
      ...many(100).map((at) => [`${at}.json`, object(`w${at}`, { list: Array(100).fill("ab".repeat(50)) })] as const),
    ]);
    const { failure } = await render(files, { limits: { matching: 100_000 } });
    expect(failure).toMatchObject({ reason: "LimitExceeded", function: image, file: "Kptfile", line: 1 });
    expect(failure?.message).toContain("patterns, paths and selectors");
  });

  it("end all functions together, and not each, by what they match", async () => {
    const search = { image: "search-replace", configMap: { "by-value-regex": "(a|b)+c$" } };
    const files = (functions: number) =>
      new Map([
        ["Kptfile", kptfile(Array(functions).fill(search))],
        ["a.json", object("a", { list: Array(100).fill("ab".repeat(50)) })],
      ]);
    expect((await render(files(1), { limits: { matching: 200_000 } })).failure).toBeUndefined();
    expect((await render(files(20), { limits: { matching: 200_000 } })).failure?.reason).toBe("LimitExceeded");
  });

  it("end replacements with many targets, and many selectors", async () => {
    const select = { kind: "None" };
    const targets = many(100).map(() => ({ select, reject: many(10).map(() => select), fieldPaths: ["spec.x"] }));
    const resources = many(100).map((at) => [`${at}.json`, object(`w${at}`)] as const);
    const byReplacements = new Map([
      ["Kptfile", kptfile([{ image: "apply-replacements", configPath: "r.json" }])],
      ["r.json", replacements(many(10).map(() => ({ sourceValue: "x", targets })))],
      ...resources,
    ]);
    const selectors = many(100).map(() => select);
    const bySelectors = new Map([["Kptfile", kptfile([{ ...LABELS, selectors }])], ...resources]);
    for (const files of [byReplacements, bySelectors]) {
      expect((await render(files, { limits: { matching: 90_000 } })).failure?.reason).toBe("LimitExceeded");
    }
  });

  it("end replacements that match items of lists by regular expressions", async () => {
    const target = { select: { kind: "Widget" }, fieldPaths: [`list.[name=${regex}].value`] };
    const files = new Map([
      ["Kptfile", kptfile([{ image: "apply-replacements:v0.2.0", configPath: "r.json" }])],
      ["r.json", replacements([{ sourceValue: "x", targets: [target] }])],
      ["a.json", object("a", { list: many(100).map(() => ({ name: "ab".repeat(50), value: "y" })) })],
    ]);
    expect((await render(files, { limits: { matching: 100_000 } })).failure?.reason).toBe("LimitExceeded");
  });

  it("end groups that are put many times before they take the memory", async () => {
    const configMap = { "by-value-regex": "(a+)", "put-value": ["$", "{1}"].join("").repeat(20_000) };
    const files = new Map([
      ["Kptfile", kptfile([{ image: "search-replace", configMap, exclude: [{ kind: "Kptfile" }] }])],
      ["a.json", object("a", { x: "a".repeat(1_000_000) })],
    ]);
    expect((await render(files)).failure).toMatchObject({ reason: "LimitExceeded", function: "search-replace" });
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
