import { sha1 } from "@noble/hashes/legacy.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { JsonTooDeepError } from "../identity/canonical-json.ts";

/** A bound of the recursion, as in `canonicalJson`. */
const MAX_DEPTH = 500;
/** What encoding/json of Go escapes, and JSON.stringify does not: all three need six characters. */
const GO_ESCAPES = /[<>&\u2028\u2029]/g;

const SURROGATES = 0xd800;
const AFTER_SURROGATES = 0xe000;

/**
 * JSON as encoding/json of Go writes a value without a schema: no white space, keys in the order of their UTF-8 bytes,
 * `<`, `>`, `&`, U+2028 and U+2029 escaped. Numbers need no care: both write them as ECMAScript does.
 * Throws `JsonTooDeepError`.
 */
export function goJson(value: unknown, depth = 0): string {
  if (value === null || typeof value !== "object") return escapeAsGo(JSON.stringify(value) ?? "null");
  if (depth >= MAX_DEPTH) throw new JsonTooDeepError();
  if (Array.isArray(value)) return `[${value.map((item) => goJson(item, depth + 1)).join(",")}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => compareCodePoints(a, b));
  return goStruct(members.map(([key, member]) => [key, goJson(member, depth + 1)]));
}

/** An object with its members in this order; their values are JSON already. */
export function goStruct(members: readonly (readonly [key: string, json: string])[]): string {
  return `{${members.map(([key, json]) => `${escapeAsGo(JSON.stringify(key))}:${json}`).join(",")}}`;
}

/** The first 8 bytes of the SHA-1 of a text, in hex. */
export function shortSha1(text: string): string {
  return bytesToHex(sha1(utf8ToBytes(text)).slice(0, 8));
}

function escapeAsGo(json: string): string {
  return json.replace(GO_ESCAPES, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The order of UTF-8 bytes, which is that of code points and, beyond the BMP, not that of UTF-16. */
function compareCodePoints(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (one !== other) return orderOf(one) - orderOf(other);
  }
  return a.length - b.length;
}

/** Of a unit of UTF-16, so that surrogates, which begin code points beyond the BMP, come last. */
function orderOf(unit: number): number {
  if (unit < SURROGATES) return unit;
  return unit < AFTER_SURROGATES ? unit + 0x10_000 : unit;
}
