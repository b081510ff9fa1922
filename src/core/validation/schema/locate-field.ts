import { type Document, isAlias, isMap, isScalar, isSeq, type Pair } from "yaml";
import type { FieldPath } from "./unknown-fields.ts";

/** Field names that are shown; a key may be anything, and a Secret's keys are its owner's. */
const SHOWN = /^[A-Za-z0-9_./-]{1,100}$/;

/** The fields of a Secret: what is below them, or beside them by mistake, is its owner's. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(["type", "immutable", "metadata", "data", "stringData"]);

/** `spec.containers[0].image`, as kubectl writes it; `*` stands for a key that is not shown. Empty for the root. */
export function formatFieldPath(path: FieldPath, showsKeys = true): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const isShown = showsKeys ? SHOWN.test(part) : text === "" && SECRET_FIELDS.has(part);
    const name = isShown ? part : "*";
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

/**
 * The offset of a field in the text of its document, or of the nearest one around it that is there: what an alias or a
 * merge key brings in is at the alias.
 */
export function offsetOfField(document: Document.Parsed, root: unknown, path: FieldPath): number {
  let node: unknown = root;
  let offset = offsetOf(node) ?? 0;
  for (const part of path) {
    if (isAlias(node)) return offset;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) return offset;
      offset = offsetOf(pair.key) ?? offset;
      node = (pair as Pair).value;
    } else if (isSeq(node) && typeof part === "number") {
      node = node.items[part];
      offset = offsetOf(node) ?? offset;
    } else return offset;
  }
  return Math.min(offset, document.range[2]);
}

function offsetOf(node: unknown): number | undefined {
  const isNode = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node);
  return isNode ? node.range?.[0] : undefined;
}
