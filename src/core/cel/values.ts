import type { Document } from "yaml";
import { encodeBase64 } from "../files/base64.ts";
import { exactTimestamp } from "../identity/timestamp.ts";
import { type ValueMaker, valueReader } from "../validation/yaml/value-reader.ts";
import { Quantity } from "./quantity.ts";

/** A value of CEL: integers are bigint, doubles number, maps Map. */
export type CelValue =
  | string
  | bigint
  | number
  | boolean
  | null
  | Uint8Array
  | readonly CelValue[]
  | ReadonlyMap<CelValue, CelValue>
  | object;

/** A value of JSON; an integer that a double cannot hold is a bigint. */
export type PlainValue =
  | string
  | bigint
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** Thrown for a value of CEL that JSON does not have. */
export class NotPlain extends Error {}

/** The value of CEL for a value of JSON; an integer is an int. Recurses: the depth of what was read is limited. */
export function toCel(value: unknown): CelValue {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [keyOf(key), toCel(one)]));
  if (typeof value === "object" && value !== null) {
    return new Map(Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[key, toCel(one)]])));
  }
  return value === undefined ? null : (value as CelValue);
}

const CEL: ValueMaker<CelValue> = {
  scalar: (value, source) => {
    const isLarge = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
    return isLarge && /^[-+]?\d+$/.test(source ?? "") ? BigInt(source ?? "") : toCel(value);
  },
  list: (items) => items,
  map: (entries) => entries,
};

/** The value of CEL for a node of YAML. Keys are texts, as in JSON. The document must have been checked. */
export function nodeToCel(node: unknown, document: Document): CelValue {
  return valueReader(document, CEL)(node);
}

function keyOf(key: unknown): string {
  return key === null ? "null" : String(key);
}

/**
 * The value of JSON for a value of CEL: times and durations are texts, bytes are base64. Throws NotPlain for others,
 * such as types. Recurses: the depth of an expression and of its data is limited.
 */
export function toPlain(value: unknown): PlainValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "bigint":
      return BigInt.asIntN(53, value) === value ? Number(value) : value;
    case "number":
      if (!Number.isFinite(value)) throw new NotPlain(`${value} is no number of YAML`);
      return value;
    case "object":
      return value === null ? null : objectToPlain(value);
    default:
      throw new NotPlain(`a ${typeof value} is no value of YAML`);
  }
}

function objectToPlain(value: object): PlainValue {
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Map) return entriesToPlain([...value]);
  if (value instanceof Uint8Array) return encodeBase64(value);
  if (value instanceof Date) return exactTimestamp(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return entriesToPlain(Object.entries(value));
  const name = describeType(value);
  if (name === "duration") return String(value);
  if (name === "uint") return toPlain(BigInt(String(value)));
  throw new NotPlain(`a ${name} is no value of YAML`);
}

function entriesToPlain(entries: readonly (readonly [unknown, unknown])[]): PlainValue {
  const pairs = entries.map(([key, one]) => {
    if (typeof key === "object") throw new NotPlain("the keys of a map must be texts");
    return [String(key), toPlain(one)] as const;
  });
  const plain: Record<string, PlainValue> = Object.create(null);
  for (const [key, one] of pairs) plain[key] = one;
  return plain;
}

/** The name of a value's type, for messages. */
export function describeType(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "boolean":
      return "bool";
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return "list";
      if (value instanceof Uint8Array) return "bytes";
      if (value instanceof Date) return "timestamp";
      if (value instanceof Quantity) return "quantity";
      if (value.constructor?.name === "Optional") return "optional";
      if (value.constructor?.name === "Duration") return "duration";
      if (value.constructor?.name === "UnsignedInt") return "uint";
      if (value.constructor?.name === "Type") return "type";
      return "map";
    default:
      return typeof value;
  }
}
