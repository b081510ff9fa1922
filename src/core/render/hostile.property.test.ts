import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { render } from "./render.ts";

const RUNS = { numRuns: 400 };
const word = fc.constantFrom(
  ...[
    "a",
    "name",
    "data",
    "spec",
    "metadata",
    "labels",
    "image",
    "kind",
    "__proto__",
    "constructor",
    "",
    " ",
    "~",
    "*",
  ],
  ...[
    "[name=a]",
    "[=x]",
    "0",
    "-",
    "**",
    "a.b",
    "a/b",
    "../x",
    "/etc/x",
    "$" + "{1}",
    "$" + "{a}",
    "(",
    "a+",
    "[a",
    "\n",
  ],
  ...[
    "nginx:1",
    "true",
    "1",
    "config.kubernetes.io/target-path",
    "Deployment",
    "apps/v1",
    "fn.kpt.dev/v1alpha1",
    "List",
  ],
);
const leaf = fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("map")),
  list: fc.array(tie("value"), { maxLength: 3 }),
  map: fc.dictionary(word, tie("value"), { maxKeys: 4 }),
}));

const FUNCTIONS = [
  { name: "apply-replacements", kind: "ApplyReplacements", keys: ["replacements"] },
  { name: "apply-setters", kind: "ConfigMap", keys: ["a"] },
  { name: "create-setters", kind: "ConfigMap", keys: ["a"] },
  { name: "ensure-name-substring", kind: "EnsureNameSubstring", keys: ["substring", "additionalNameFields"] },
  { name: "format", kind: "ConfigMap", keys: [] },
  { name: "kubeval", kind: "ConfigMap", keys: ["strict", "skip_kinds", "ignore_missing_schemas"] },
  { name: "list-setters", kind: "ConfigMap", keys: [] },
  { name: "remove-local-config-resources", kind: "ConfigMap", keys: [] },
  {
    name: "search-replace",
    kind: "ConfigMap",
    keys: ["by-value", "by-path", "put-value", "put-comment", "by-file-path"],
  },
  { name: "set-annotations", kind: "SetAnnotations", keys: ["annotations", "additionalAnnotationFields"] },
  { name: "set-image", kind: "SetImage", keys: ["image", "additionalImageFields"] },
  { name: "set-labels", kind: "SetLabels", keys: ["labels", "additionalLabelFields"] },
  { name: "set-name-prefix", kind: "ConfigMap", keys: ["prefix", "oldPrefix"] },
  { name: "set-namespace", kind: "SetNamespace", keys: ["namespace", "namespaceMatcher"] },
  { name: "upsert-resource", kind: "List", keys: ["items"] },
] as const;

const config = fc.constantFrom(...FUNCTIONS).chain(({ name, kind, keys }) =>
  fc
    .record({ values: fc.array(value, { minLength: keys.length, maxLength: keys.length }), more: value })
    .map(({ values, more }) => {
      const fields = Object.fromEntries(keys.map((key, at) => [key, values[at]]));
      const apiVersion = kind === "ConfigMap" || kind === "List" ? "v1" : "fn.kpt.dev/v1alpha1";
      const own = kind === "ConfigMap" ? { data: fields } : fields;
      return { name, text: JSON.stringify({ apiVersion, kind, metadata: { name: "c" }, ...own, more }) };
    }),
);
const replacement = fc.record({
  source: fc.record({ kind: word, fieldPath: word, options: value }),
  targets: fc.array(fc.record({ select: fc.record({ kind: word }), fieldPaths: fc.array(word), options: value })),
});
const object = fc.record({ kind: word, apiVersion: word, metadata: value, spec: value, data: value });
const kptfile = (mutators: unknown) =>
  JSON.stringify({ apiVersion: "kpt.dev/v1", kind: "Kptfile", metadata: { name: "p" }, pipeline: { mutators } });

describe("render", () => {
  it("ends with a result or a failure for any functionConfig and any objects", async () => {
    await fc.assert(
      fc.asyncProperty(config, fc.array(object, { maxLength: 3 }), value, async ({ name, text }, objects, metadata) => {
        const named = objects.map((one, at) => ({
          ...one,
          kind: one.kind || "W",
          apiVersion: one.apiVersion || "v1",
          metadata: at === 0 ? { name: "a", labels: metadata } : { ...(one.metadata as object), name: "b" },
        }));
        const files = new Map([
          ["Kptfile", kptfile([{ image: name, configPath: "c.json" }])],
          ["c.json", text],
          ...named.map((one, at) => [`${at}.json`, JSON.stringify(one)] as const),
        ]);
        const { failure, changed, removed } = await render(files);
        if (failure !== undefined) {
          expect([changed.size, removed.length]).toEqual([0, 0]);
          expect(failure.message.length).toBeLessThan(1000);
        }
        for (const path of changed.keys()) expect(path).not.toMatch(/^\/|(^|\/)\.\.(\/|$)/);
      }),
      RUNS,
    );
  });

  it("ends with a result or a failure for any replacements", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(replacement, { maxLength: 3 }), object, async (replacements, one) => {
        const files = new Map([
          ["Kptfile", kptfile([{ image: "apply-replacements", configPath: "c.json" }])],
          [
            "c.json",
            JSON.stringify({
              apiVersion: "fn.kpt.dev/v1alpha1",
              kind: "ApplyReplacements",
              metadata: { name: "c" },
              replacements,
            }),
          ],
          [
            "a.json",
            JSON.stringify({
              ...one,
              kind: one.kind || "W",
              apiVersion: one.apiVersion || "v1",
              metadata: { name: "a" },
            }),
          ],
        ]);
        await render(files);
      }),
      RUNS,
    );
  });

  it("ends with a result or a failure for any Kptfile", async () => {
    const entry = fc.dictionary(
      fc.constantFrom("image", "name", "configPath", "configMap", "selectors", "exclude", "exec", "tag"),
      fc.oneof(value, fc.constantFrom("set-labels", "a.yaml")),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(value, fc.array(entry, { maxLength: 3 })), fc.string(), async (mutators, text) => {
        await render(
          new Map([
            ["Kptfile", kptfile(mutators)],
            ["a.yaml", text],
          ]),
        );
        await render(new Map([["Kptfile", text]]));
      }),
      RUNS,
    );
  });
});
