import type { PlainValue } from "../../cel/values.ts";
import type { OpenApiSchema } from "../../validation/schema/open-api-schema.ts";

/**
 * The result of an expression as its field has it: numbers and booleans are texts where only texts can be, and a text
 * that is a number is one where only numbers can be. `problem`: the type that the field must have.
 */
export function fitToField(
  value: PlainValue,
  schema: OpenApiSchema | undefined,
): { readonly value: PlainValue } | { readonly problem: string } {
  const type = schema?.type;
  if (value === null || schema === undefined || typeof type !== "string") return { value };
  if (schema.format === "int-or-string" || schema["x-kubernetes-int-or-string"] === true) return { value };
  switch (type) {
    case "string":
      if (typeof value === "object") return { problem: "a text" };
      return { value: String(value) };
    case "integer":
      if (typeof value === "string" && /^[-+]?\d{1,15}$/.test(value)) return { value: Number(value) };
      return isInteger(value) ? { value } : { problem: "an integer" };
    case "number":
      if (typeof value === "string" && /^[-+]?\d{1,15}(?:\.\d{1,15})?$/.test(value)) return { value: Number(value) };
      return typeof value === "number" || typeof value === "bigint" ? { value } : { problem: "a number" };
    case "boolean":
      if (value === "true" || value === "false") return { value: value === "true" };
      return typeof value === "boolean" ? { value } : { problem: "a boolean" };
    case "array":
      return Array.isArray(value) ? { value } : { problem: "a list" };
    case "object":
      return typeof value === "object" && !Array.isArray(value) ? { value } : { problem: "a mapping" };
    default:
      return { value };
  }
}

function isInteger(value: PlainValue): boolean {
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
}
