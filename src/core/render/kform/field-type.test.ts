import { describe, expect, it } from "vitest";
import { fitToField } from "./field-type.ts";

const fitted = (value: Parameters<typeof fitToField>[0], schema: object | undefined) => {
  const result = fitToField(value, schema as Parameters<typeof fitToField>[1]);
  return "problem" in result ? { needs: result.problem } : result.value;
};

describe("fitToField", () => {
  it.each([
    ["string", "a", "a"],
    ["string", 5, "5"],
    ["string", 1.5, "1.5"],
    ["string", true, "true"],
    ["string", 12345678901234567890n, "12345678901234567890"],
    ["string", ["a"], { needs: "a text" }],
    ["string", {}, { needs: "a text" }],
    ["integer", 5, 5],
    ["integer", 2n ** 60n, 2n ** 60n],
    ["integer", "5", 5],
    ["integer", "-5", -5],
    ["integer", "+5", 5],
    ["integer", "5a", { needs: "an integer" }],
    ["integer", "a5", { needs: "an integer" }],
    ["integer", "--5", { needs: "an integer" }],
    ["integer", "", { needs: "an integer" }],
    ["integer", "1234567890123456", { needs: "an integer" }],
    ["integer", "123456789012345", 123456789012345],
    ["integer", 1.5, { needs: "an integer" }],
    ["integer", true, { needs: "an integer" }],
    ["number", 1.5, 1.5],
    ["number", 2n ** 60n, 2n ** 60n],
    ["number", "1.25", 1.25],
    ["number", "-12", -12],
    ["number", "1.", { needs: "a number" }],
    ["number", "a1.5", { needs: "a number" }],
    ["number", "1.5a", { needs: "a number" }],
    ["number", "1.x", { needs: "a number" }],
    ["number", "1e5", { needs: "a number" }],
    ["number", false, { needs: "a number" }],
    ["boolean", true, true],
    ["boolean", "true", true],
    ["boolean", "false", false],
    ["boolean", "yes", { needs: "a boolean" }],
    ["boolean", 1, { needs: "a boolean" }],
    ["array", [1], [1]],
    ["array", "a", { needs: "a list" }],
    ["array", {}, { needs: "a list" }],
    ["object", { a: 1 }, { a: 1 }],
    ["object", [1], { needs: "a mapping" }],
    ["object", "a", { needs: "a mapping" }],
    ["other", 5, 5],
  ])("for a field of type %s, %o is %o", (type, value, expected) => expect(fitted(value, { type })).toEqual(expected));

  it.each([undefined, {}, { type: ["string", "null"] }, { type: "string", format: "int-or-string" }])(
    "keeps what may be of several types: %j",
    (schema) => expect(fitted(5, schema)).toBe(5),
  );

  it("keeps null, and what a CustomResourceDefinition calls an integer or a text", () => {
    expect(fitted(null, { type: "string" })).toBeNull();
    expect(fitted("80", { type: "integer", "x-kubernetes-int-or-string": true })).toBe("80");
    expect(fitted("80", { type: "integer", "x-kubernetes-int-or-string": false })).toBe(80);
  });
});
