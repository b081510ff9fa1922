import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { render } from "../render.ts";
import type { JsonObject } from "./given.ts";

const word = fc.constantFrom(
  ...["a", "b", "name", "data", "spec", "__proto__", "constructor", "", " ", "~", "a-b", "a.b", "a/b", "../x"],
  ...["true", "1", "null", "input", "output", "local", "kubernetes_manifest", "each", "count", "v1", "ConfigMap"],
);
const reference = fc.constantFrom(
  ...["input.a[0].data.x", "input.a", "input.b[0]", "local.a[0].spec.x", "local.b[0].spec.x", "output.a[0].spec.x"],
  ...["kubernetes_manifest.a[0].data.x", "data.kubernetes_manifest.a[0]", "each.key", "each.value", "count.index"],
  ...["input.a[0].data.list", "input.a[0].data.map", "input.a[0].data.n", "kubernetes_manifest.a[0].status.x"],
);
const text = fc.oneof(
  { weight: 3, arbitrary: reference },
  word,
  fc.string(),
  fc
    .tuple(reference, fc.constantFrom("+", "==", "-", " + ", ".concat(", "[", ".map(x, "), reference)
    .map((all) => all.join("")),
  reference.map((one) => `[${one}, "b"].concat("-")`),
  reference.map((one) => `"${one}"`),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, text, fc.integer(), fc.boolean(), fc.constant(null), tie("list"), tie("map")),
  list: fc.array(tie("value"), { maxLength: 3 }),
  map: fc.dictionary(word, tie("value"), { maxKeys: 3 }),
}));

const KEYS = ["block-type", "resource-id", "resource-type", "default", "count", "for-each", "depends-on", "lifecycle"];
const types = ["input", "output", "local", "resource", "data", "list", "provider", "backend", "package", "nope"];
const block = fc.record({
  apiVersion: fc.constantFrom("v1", "apps/v1", "example.org/v1"),
  kind: fc.constantFrom("ConfigMap", "Deployment", "Widget", "Secret"),
  metadata: fc.record({
    name: fc.oneof(fc.constantFrom("a", "b", "web"), text),
    annotations: fc
      .record(
        Object.fromEntries(
          KEYS.map((key) => [
            `kform.dev/${key}`,
            key === "block-type"
              ? fc.constantFrom(...types)
              : key === "resource-type"
                ? fc.constant("kubernetes_manifest")
                : key === "default"
                  ? fc.constant("true")
                  : fc.oneof(text, fc.constantFrom("a", "b", "2", "[1, 2]", "local.a")),
          ]),
        ),
        { requiredKeys: ["kform.dev/block-type"] },
      )
      .map((annotations) => annotations as Record<string, unknown>),
  }),
  spec: value,
  data: fc.dictionary(fc.constantFrom("x", "list", "map", "n"), value),
});
const blocks = fc.array(block, { minLength: 1, maxLength: 6 });
const given = fc.array(fc.oneof(block, fc.dictionary(word, value)), { maxLength: 3 });

const toFiles = (documents: readonly unknown[]) =>
  new Map([["a.yaml", documents.map((one) => JSON.stringify(one)).join("\n---\n")]]);
const objects = (list: readonly unknown[], name: string) =>
  list.map((object, at) => ({ object: object as JsonObject, source: `${name}[${at}]` }));

describe("kform blocks", () => {
  it("end with a result or a failure, for any blocks and inputs", async () => {
    await fc.assert(
      fc.asyncProperty(blocks, given, async (documents, inputs) => {
        const files = toFiles(documents);
        const { failure, changed, removed } = await render(files, { inputs: objects(inputs, "inputs") });
        if (failure !== undefined) {
          expect([changed.size, removed.length]).toEqual([0, 0]);
          expect(failure.message.length).toBeLessThan(2000);
          return;
        }
        for (const path of changed.keys()) expect(path).toMatch(/^out\/[^/]+\.yaml$/);
        expect(files.get("a.yaml")).toBe(toFiles(documents).get("a.yaml"));
      }),
      { numRuns: 800 },
    );
  });

  it("end with a result or a failure, for any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), text, async (one, other) => {
        await render(new Map([["a.yaml", `# kform.dev/\n${one}`]]));
        await render(
          new Map([
            [
              "a.yaml",
              `${JSON.stringify({ kind: other, metadata: { annotations: { "kform.dev/count": other } } })}\n---\n${one}`,
            ],
          ]),
        );
      }),
      { numRuns: 300 },
    );
  });
});

/** A package that can be rendered: locals in a chain, outputs of them, loops. */
const renderable = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(), { maxLength: 3 }),
      loop: fc.constantFrom("", "count", "for-each"),
      type: fc.constantFrom("local", "output", "resource"),
    }),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((nodes) =>
    nodes.map(({ needs, loop, type }, at) => {
      const names = nodes.map((one, index) => {
        const prefix = one.type === "resource" ? "kubernetes_manifest" : one.type;
        return `${prefix}.n${index}`;
      });
      const before = needs.flatMap((need) => (at === 0 ? [] : [names[need % at] ?? ""]));
      const each = loop === "count" ? "string(count.index)" : loop === "for-each" ? "each.value" : '"x"';
      return {
        apiVersion: "example.org/v1",
        kind: "Widget",
        metadata: {
          name: `["n${at}", ${each}].concat("-")`,
          annotations: {
            "kform.dev/block-type": type,
            "kform.dev/resource-id": `n${at}`,
            ...(type === "resource" && { "kform.dev/resource-type": "kubernetes_manifest" }),
            ...(loop === "count" && { "kform.dev/count": "2" }),
            ...(loop === "for-each" && { "kform.dev/for-each": '["p", "q"]' }),
          },
        },
        spec: {
          own: each,
          all: ["'0'", ...before.map((name) => `${name}[0].spec.all`)].length,
          before: before.map((name) => `${name}[0].spec.own`),
        },
      };
    }),
  );
const shuffled = renderable.chain((documents) =>
  fc.shuffledSubarray(documents, { minLength: documents.length }).map((other) => [documents, other] as const),
);

describe("the outputs of kform blocks", () => {
  it("do not depend on the order of the documents", async () => {
    await fc.assert(
      fc.asyncProperty(shuffled, async ([documents, other]) => {
        const [one, two] = [await render(toFiles(documents)), await render(toFiles(other))];
        expect([one.failure, two.failure]).toEqual([undefined, undefined]);
        expect(Object.fromEntries(two.changed)).toEqual(Object.fromEntries(one.changed));
      }),
      { numRuns: 300 },
    );
  });

  it("stay when they are rendered again, and go with their blocks", async () => {
    await fc.assert(
      fc.asyncProperty(renderable, async (documents) => {
        const first = await render(toFiles(documents));
        const files = new Map([...toFiles(documents), ...first.changed]);
        const second = await render(files);
        expect([second.failure, second.changed.size, second.removed]).toEqual([undefined, 0, []]);
        const empty = {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "a", annotations: { "kform.dev/block-type": "local" } },
        };
        const third = await render(new Map([...files, ...toFiles([empty])]));
        expect([third.failure, [...third.removed].sort()]).toEqual([undefined, [...first.changed.keys()].sort()]);
      }),
      { numRuns: 150 },
    );
  });

  it("leave every other file as it is", async () => {
    await fc.assert(
      fc.asyncProperty(renderable, fc.string(), async (documents, other) => {
        const files = new Map([
          ...toFiles(documents),
          ["notes.txt", other],
          ["sub/a.yaml", other],
          ["out/mine.yaml", other],
        ]);
        const { changed, removed } = await render(files);
        for (const path of ["a.yaml", "notes.txt", "sub/a.yaml", "out/mine.yaml"]) {
          expect([changed.has(path), removed.includes(path)]).toEqual([false, false]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
