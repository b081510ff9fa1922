import { CelError } from "./cel-error.ts";

/** Of a text that a function makes of others, before it makes it. */
const MAX_SIZE = 10_000_000;

/** Comparisons of one search, at most: a tenth of a second. */
const MAX_COMPARISONS = 1_000_000_000;

/** Comparisons that one step of an expression takes. */
const COMPARISONS_OF_STEP = 1000;

// CEL counts code points, where JavaScript counts units of UTF-16. Each function takes linear time, but for searches,
// which are refused where that would take long.

/** The steps of a search for a text, which compares all of it at each place in the worst case. */
export function textSearchCost(text: string, wanted: string): number {
  return comparisons(text, wanted) / COMPARISONS_OF_STEP;
}

function comparisons(text: string, wanted: string): number {
  return Math.max(0, text.length - wanted.length) * wanted.length;
}

function checkSearch(text: string, wanted: string): void {
  if (comparisons(text, wanted) > MAX_COMPARISONS)
    throw new CelError("limit", "the text is too long for a search for one of this length");
}

export function contains(text: string, wanted: string): boolean {
  checkSearch(text, wanted);
  return text.includes(wanted);
}

/** Empty at the end of the text. */
export function charAt(text: string, index: bigint): string {
  const chars = [...text];
  checkRange(index, 0, chars.length);
  return chars[Number(index)] ?? "";
}

export function substring(text: string, start: bigint, end?: bigint): string {
  const chars = [...text];
  const to = end ?? BigInt(chars.length);
  checkRange(start, 0, chars.length);
  checkRange(to, Number(start), chars.length);
  return chars.slice(Number(start), Number(to)).join("");
}

/** -1 if the text does not have it from there on. */
export function indexOf(text: string, wanted: string, from = 0n): bigint {
  checkRange(from, 0, lengthOf(text));
  checkSearch(text, wanted);
  const skipped = unitsOf(text, Number(from));
  return countTo(text, text.indexOf(wanted, skipped));
}

/** -1 if the text does not have it up to there. */
export function lastIndexOf(text: string, wanted: string, upTo?: bigint): bigint {
  checkSearch(text, wanted);
  if (upTo === undefined) return countTo(text, text.lastIndexOf(wanted));
  checkRange(upTo, 0, lengthOf(text));
  return countTo(text, text.lastIndexOf(wanted, unitsOf(text, Number(upTo))));
}

function checkRange(index: bigint, least: number, most: number): void {
  if (index < BigInt(least) || index > BigInt(most)) throw new CelError("evaluation", `index ${index} is out of range`);
}

function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The units of UTF-16 of so many code points. */
function unitsOf(text: string, points: number): number {
  let [left, units] = [points, 0];
  for (const char of text) {
    if (left-- === 0) break;
    units += char.length;
  }
  return units;
}

function countTo(text: string, units: number): bigint {
  return units === -1 ? -1n : BigInt(lengthOf(text.slice(0, units)));
}

/** Into code points, if the separator is empty. */
export function split(text: string, separator: string, limit = -1n): readonly string[] {
  if (limit === 0n) return [];
  checkSearch(text, separator);
  const parts = separator === "" ? [...text] : text.split(separator);
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  const first = Number(limit) - 1;
  return [...parts.slice(0, first), parts.slice(first).join(separator)];
}

/** An empty text is between code points, and at both ends. */
export function replace(text: string, from: string, to: string, limit = -1n): string {
  checkSearch(text, from);
  const parts = from === "" ? ["", ...text, ""] : text.split(from);
  const count = limit < 0n ? parts.length - 1 : Math.min(parts.length - 1, Number(limit));
  checkSize(text.length + count * to.length);
  return (
    parts.slice(0, count + 1).join(to) +
    parts
      .slice(count + 1)
      .map((part) => from + part)
      .join("")
  );
}

export function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

export function upperAscii(text: string): string {
  return text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** Throws a CelError of kind limit. */
export function checkSize(size: number): void {
  if (size > MAX_SIZE) throw new CelError("limit", `the expression makes a text of more than ${MAX_SIZE} characters`);
}
