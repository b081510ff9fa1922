import { describe, expect, it } from "vitest";
import { render } from "../render.ts";

const INPUT = {
  apiVersion: "example.org/v1",
  kind: "Widget",
  metadata: { name: "in", annotations: { "kform.dev/block-type": "input", "kform.dev/default": "true" } },
  spec: { a: "default" },
};
const OUTPUT = {
  apiVersion: "example.org/v1",
  kind: "Widget",
  metadata: { name: "out" },
  spec: { a: "input.in[0].spec.a" },
};
const given = (annotations: object, more: object = {}) => {
  return { ...INPUT, metadata: { name: "in", annotations }, spec: { a: "given" }, ...more };
};

async function run(input: object, documents: readonly object[] = []) {
  const text = [INPUT, OUTPUT, ...documents].map((one) => JSON.stringify(one)).join("\n---\n");
  const inputs = [{ object: { ...input }, source: "inputs[0]" }];
  return await render(new Map([["a.yaml", text]]), { inputs });
}

async function valueWith(input: object): Promise<string | undefined> {
  const { changed } = await run(input);
  return /"a":"(\w+)"/.exec(changed.get("out/example.org_v1.Widget..out.yaml") ?? "")?.[1];
}

describe("an object given as an input", () => {
  it.each([
    [{}, "given"],
    [{ "kform.dev/block-type": "input" }, "given"],
    [{ "kform.dev/resource-id": " in " }, "given"],
    [{ "kform.dev/resource-id": " " }, "given"],
    [{ "kform.dev/resource-id": 5 }, "given"],
    [{ "kform.dev/block-type": "data" }, "default"],
    [{ "kform.dev/resource-id": "other" }, "default"],
  ])("with the annotations %j: the %s value is used", async (annotations, expected) => {
    expect(await valueWith(given(annotations))).toBe(expected);
  });

  it("has the apiVersion of the default", async () => {
    const { failure } = await run(given({}, { apiVersion: "example.org/v2" }));
    expect(failure?.message).toContain("its type is example.org/v2/Widget, and must be example.org/v1/Widget");
  });

  it("is not compared with a schema that cannot be used", async () => {
    const schema = { type: "object", properties: { spec: { type: "nonsense" } } };
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "widgets.example.org" },
      spec: {
        group: "example.org",
        names: { kind: "Widget", plural: "widgets" },
        scope: "Namespaced",
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    };
    const { failure, results } = await run(given({}), [definition]);
    expect(failure).toBeUndefined();
    expect(results.map(({ message }) => message)).toContain(
      "the schema of Widget in this package cannot be used: inputs[0] is not compared with it",
    );
  });
});
