import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { toStructuralSchema } from "./structural.ts";

describe("structural", () => {
  it("writes records as additionalProperties", () => {
    expect(toStructuralSchema(Type.Record(Type.String(), Type.Integer({ minimum: 0 })))).toEqual({
      type: "object",
      additionalProperties: { type: "integer", minimum: 0 },
    });
  });

  it("gives enums and constants a type", () => {
    const schema = Type.Object({ a: Type.Enum(["x", "y"]), b: Type.Literal(3), c: Type.Literal("z") });
    expect(toStructuralSchema(schema)).toEqual({
      type: "object",
      required: ["a", "b", "c"],
      properties: {
        a: { type: "string", enum: ["x", "y"] },
        b: { type: "number", enum: [3] },
        c: { type: "string", enum: ["z"] },
      },
    });
  });

  it("writes keys in one order, extensions last, and drops what TypeBox keeps for itself", () => {
    const item = Type.String({ "x-kubernetes-b": 1, maxLength: 3, "x-kubernetes-a": 2, description: "d" });
    const schema = toStructuralSchema(Type.Optional(Type.Array(item, { description: "list", maxItems: 2 })));
    expect(JSON.stringify(schema)).toBe(
      '{"description":"list","type":"array","maxItems":2,"items":{"description":"d","type":"string","maxLength":3,"x-kubernetes-a":2,"x-kubernetes-b":1}}',
    );
    expect(Reflect.ownKeys(schema)).toEqual(["description", "type", "maxItems", "items"]);
  });

  it("keeps a field that is called like a keyword", () => {
    const schema = Type.Object({ type: Type.String(), const: Type.String(), enum: Type.Optional(Type.Boolean()) });
    expect(toStructuralSchema(schema).properties).toEqual({
      type: { type: "string" },
      const: { type: "string" },
      enum: { type: "boolean" },
    });
  });

  it.each([
    [
      "a union",
      Type.Object({ a: Type.Array(Type.Union([Type.String(), Type.Integer()])) }),
      /^\.a\[\]: anyOf has no place/,
    ],
    [
      "keys by a pattern",
      Type.Object({ a: Type.Unsafe({ type: "object", patternProperties: { "^a": {} } }) }),
      /^\.a: patternProperties/,
    ],
    ["at the root", Type.Unsafe({ not: {} }), /^schema: not has no place/],
  ])("refuses %s, naming the place", (_, schema, message) => {
    expect(() => toStructuralSchema(schema)).toThrow(message);
  });
});
