import { describe, expect, it } from "vitest";
import { readPublished } from "./published-document.ts";

const gvk = (group: string, version: string, kind: string) => ({
  "x-kubernetes-group-version-kind": [{ group, version, kind }],
});
const document = (schemas: object) =>
  JSON.stringify({ openapi: "3.0.0", paths: { "/x": {} }, components: { schemas } });
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const read = (schemas: object, apiVersion = "example.com/v1") =>
  JSON.parse(readPublished(apiVersion, document(schemas)).text) as unknown;

describe("readPublished", () => {
  it("keeps the kinds of the group and version, and what they refer to", () => {
    const schemas = {
      "com.example.Widget": {
        ...gvk("example.com", "v1", "Widget"),
        type: "object",
        properties: { spec: { allOf: [ref("Spec")], default: {} } },
      },
      Spec: { type: "object", properties: { next: ref("Spec"), size: ref("Size") } },
      Size: { type: "integer", minimum: 1 },
      Other: { type: "object" },
      Options: gvk("", "v1", "DeleteOptions"),
    };
    expect(read(schemas)).toEqual({
      kinds: { Widget: "com.example.Widget" },
      definitions: {
        "com.example.Widget": { type: "object", properties: { spec: { $ref: "Spec" } } },
        Spec: { type: "object", properties: { next: { $ref: "Spec" }, size: { $ref: "Size" } } },
        Size: { type: "integer", minimum: 1 },
      },
    });
  });

  it("keeps what validation evaluates, and fields of any name", () => {
    const spec = {
      description: "a",
      default: { a: 1 },
      type: "object",
      required: ["a"],
      "x-kubernetes-preserve-unknown-fields": true,
      "x-kubernetes-validations": [{ rule: "true" }],
      "x-kubernetes-list-type": "map",
      properties: {
        description: { type: "string", description: "b" },
        default: { type: "string", enum: ["x"] },
        $ref: { type: "string" },
        allOf: { type: "array", items: { type: "object", additionalProperties: false } },
        either: { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true },
        not: { not: { required: ["a"] }, nullable: true },
      },
    };
    const kept = read({ A: { ...gvk("example.com", "v1", "A"), ...spec } });
    expect(kept).toEqual({
      kinds: { A: "A" },
      definitions: {
        A: {
          type: "object",
          required: ["a"],
          "x-kubernetes-preserve-unknown-fields": true,
          properties: {
            description: { type: "string" },
            default: { type: "string", enum: ["x"] },
            $ref: { type: "string" },
            allOf: { type: "array", items: { type: "object", additionalProperties: false } },
            either: { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true },
            not: { not: { required: ["a"] }, nullable: true },
          },
        },
      },
    });
  });

  it("has one digest for schemas that say the same", () => {
    const one = { A: { ...gvk("", "v1", "A"), type: "object", description: "one" } };
    const other = { A: { description: "two", type: "object", ...gvk("", "v1", "A") } };
    const [a, b] = [one, other].map((schemas) => readPublished("v1", document(schemas)));
    expect(a).toEqual(b);
    const changed = { A: { ...other.A, required: ["a"] } };
    expect(readPublished("v1", document(changed)).digest).not.toBe(a?.digest);
  });

  it.each([
    "",
    "[]",
    "null",
    "<html>",
    '{"components": 5}',
    '{"components": {"schemas": [1]}}',
    document({ A: null, B: { "x-kubernetes-group-version-kind": [null, 5, {}, { kind: "A", version: 1 }] } }),
    document({ A: { ...gvk("example.com", "v1", "A"), enum: [JSON.parse(`${"[".repeat(600)}${"]".repeat(600)}`)] } }),
  ])("finds no kinds in %j", (text) => {
    expect(JSON.parse(readPublished("example.com/v1", text).text)).toEqual({ kinds: {}, definitions: {} });
  });

  it("allows anything where a schema nests too deeply, or refers to what is not there", () => {
    const deep = `${'{"properties":{"a":'.repeat(2_000)}{}${"}}".repeat(2_000)}`;
    const schemas = `{"A": {"x-kubernetes-group-version-kind": [{"group":"","version":"v1","kind":"A"}], "items": ${deep}},
      "B": {"x-kubernetes-group-version-kind": [{"group":"","version":"v1","kind":"B"}], "items": {"$ref": "#/components/schemas/C"}},
      "__proto__": {"type": "object"}}`;
    const { text } = readPublished("v1", `{"components": {"schemas": ${schemas}}}`);
    expect(text.match(/"properties"/g)).toHaveLength(199);
    expect(JSON.parse(text)).toMatchObject({ kinds: { A: "A", B: "B" }, definitions: { B: { items: { $ref: "C" } } } });
  });
});
