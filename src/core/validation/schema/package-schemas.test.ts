import { describe, expect, it } from "vitest";
import { check, widget } from "./testing/check.ts";

/** A CustomResourceDefinition whose v1 has this schema of spec. */
const crd = (spec: object, group = "example.com") =>
  JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { metadata: { type: "object" }, spec } } },
        },
      ],
    },
  });
const custom = (schema: object, spec: unknown) =>
  check({ "crd.yaml": crd(schema), "w.yaml": widget(spec) }).found.flatMap((one) =>
    one.startsWith("w.yaml") ? [one.replace(/^w\.yaml:1:\d+ /, "")] : [],
  );

describe("the schema of a CustomResourceDefinition of the package", () => {
  const text = { type: "string", pattern: "^[a-z]+$", maxLength: 5 };

  it("is used for its kind, metadata included", () => {
    const files = {
      "w.yaml": widget({ a: 1 }, { labels: { x: 1 } }),
      "z.yaml": crd({ type: "object", properties: { a: text } }),
    };
    expect(check(files).found.map((one) => one.replace(/:1:\d+/, ""))).toEqual([
      "w.yaml error metadata.labels.x: must be string, and is integer",
      "w.yaml error spec.a: must be string, and is integer",
    ]);
  });

  it("may require metadata, which each object has: the name in it is what may be missing", () => {
    const required = crd({ type: "object" }).replace(
      '"properties":{"metadata"',
      '"required":["metadata","spec"],"properties":{"metadata"',
    );
    expect(check({ "w.yaml": widget({}), "z.yaml": required }).found).toEqual([]);
    const without = JSON.stringify({ apiVersion: "example.com/v1", kind: "Widget" });
    expect(check({ "w.yaml": without, "z.yaml": required }).found).toEqual([
      "w.yaml:1:1 error metadata.name: is missing",
      "w.yaml:1:1 error spec: is missing",
    ]);
  });

  it.each([
    ["fields that it does not name", { type: "object" }, { b: 1 }, ["warning spec.b: unknown field"]],
    ["preserved fields", { type: "object", "x-kubernetes-preserve-unknown-fields": true }, { b: 1 }, []],
    ["any fields", { type: "object", additionalProperties: true }, { b: 1 }, []],
    [
      "fields of a type",
      { type: "object", additionalProperties: text },
      { b: 1 },
      ["error spec.b: must be string, and is integer"],
    ],
    [
      "two patterns",
      { type: "object", properties: { a: text, b: { ...text, pattern: "^[0-9]+$" } } },
      { a: "x", b: "1" },
      [],
    ],
    [
      "int-or-string",
      { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
      1.5,
      ["error spec: must be integer or string, and is number"],
    ],
    [
      "an embedded object",
      { type: "object", "x-kubernetes-embedded-resource": true },
      { kind: "X", metadata: {}, b: 1 },
      ["warning spec.b: unknown field"],
    ],
    ["null, which is nothing", { type: "string" }, null, []],
    [
      "null in a list",
      { type: "array", items: { type: "string" } },
      [null],
      ["error spec[0]: must be string, and is null"],
    ],
    [
      "null for what must be there",
      { type: "object", required: ["a"], properties: { a: text } },
      { a: null },
      ["error spec.a: is missing"],
    ],
    ["null where it may be", { type: "string", nullable: true }, null, []],
    ["a keyword that is null, which is nothing", { type: "integer", minimum: null, enum: null, format: null }, 5, []],
    [
      "a required field that is null, which has an empty name",
      { type: "object", required: [null] },
      {},
      ["error spec.*: is missing"],
    ],
    ["an exclusive bound", { type: "integer", minimum: 1, exclusiveMinimum: true }, 1, ["error spec: must be > 1"]],
    ["a bound", { type: "integer", minimum: 1, exclusiveMinimum: false }, 1, []],
    [
      "alternatives",
      { anyOf: [{ required: ["a"] }, { required: ["b"] }], type: "object", properties: { a: {}, b: {} } },
      {},
      ["error spec: must match a schema in anyOf"],
    ],
    ["an unknown format", { type: "string", format: "color" }, "x", []],
    ["a date", { type: "string", format: "date-time" }, "x", ['error spec: must match format "date-time"']],
  ])("decides about %s", (_, schema, spec, wanted) => expect(custom(schema, spec)).toEqual(wanted));

  it.each([
    ["a type that does not exist", { type: "nothing" }],
    ["a pattern that Go has not", { type: "string", pattern: "(?=a)" }],
    ["a list of required fields that is none", { type: "object", required: "a" }],
    ["a reference", { type: "object", properties: { a: { $ref: "#/x" } }, minProperties: "x" }],
  ])("that has %s is told where it would be used", (_, schema) => {
    expect(custom(schema, {})).toEqual(["warning the schema of Widget cannot be used: this is not checked"]);
  });

  it("cannot refer to other schemas, nor run code", () => {
    const hostile = {
      type: "object",
      $ref: "kubernetes",
      properties: { ["__proto__"]: { type: "string" }, "a'];process.exit(1)//": text },
    };
    const spec: unknown = JSON.parse('{"__proto__": 1, "a\'];process.exit(1)//": 1}');
    expect(custom(hostile, spec)).toEqual(["error spec.*: must be string, and is integer"]);
  });

  it("takes linear time for a pattern that would take exponential time", () => {
    const schema = { type: "string", pattern: "^(a+)+$" };
    expect(custom(schema, `${"a".repeat(5_000)}!`)).toEqual(['error spec: must match pattern "^(a+)+$"']);
  });

  it("is not used further once its patterns take too long for the texts", () => {
    const alternatives = Array.from({ length: 90 }, (_, index) => `[ab]{${index + 10}}x`).join("|");
    const schema = { type: "array", items: { type: "string", pattern: `(${alternatives})$` } };
    const tooLong =
      "warning the schema of Widget has patterns that take too long for the texts in the objects: this is not checked";
    expect(custom(schema, ["ab"])).toEqual([expect.stringContaining("spec[0]: must match pattern")]);
    expect(custom(schema, Array(30).fill("ab".repeat(500)))).toEqual([tooLong]);
    expect(custom(schema, [`${"ab".repeat(5)}x`])).toEqual([]);
    const large = "[ab]{1000}".repeat(100);
    const many = {
      type: "object",
      properties: Object.fromEntries([..."abcdefghijklm"].map((key) => [key, { pattern: `${large}${key}` }])),
    };
    expect(custom(many, {})).toEqual([tooLong]);
    expect(custom({ type: "string", pattern: "x".repeat(5_000) }, "")).toEqual([
      "warning the schema of Widget cannot be used: this is not checked",
    ]);
  });
});
