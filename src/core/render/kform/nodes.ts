import { isScalar, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { PlainValue } from "../../cel/values.ts";
import { setScalar } from "../nodes/write.ts";
import type { BlockScalar } from "./scalars.ts";

const QUOTED: ReadonlySet<unknown> = new Set([Scalar.QUOTE_DOUBLE, Scalar.QUOTE_SINGLE]);

/** Puts the result of an expression in its place; a text keeps the quotes of the expression, and all the comment. */
export function putResult({ scalar, replace }: BlockScalar, value: PlainValue): void {
  if (typeof value === "object" && value !== null) {
    const node = toNode(value);
    // The comment of a collection is on the line of its key.
    if (scalar.comment) node.commentBefore = scalar.comment;
    if (scalar.anchor) Object.assign(node, { anchor: scalar.anchor });
    replace(node);
    return;
  }
  const made = toNode(value) as Scalar;
  setScalar(scalar, made.value as string);
  if (made.source !== undefined) scalar.source = made.source;
  delete scalar.tag;
  if (typeof value !== "string" || !QUOTED.has(scalar.type)) scalar.type = Scalar.PLAIN;
}

/** Recurses: the depth of an expression's result is limited. */
function toNode(value: PlainValue): Node {
  if (typeof value === "bigint") {
    const scalar = new Scalar(Number(value));
    scalar.source = String(value);
    return scalar;
  }
  if (typeof value !== "object" || value === null) return new Scalar(value);
  if (Array.isArray(value)) {
    const seq = new YAMLSeq();
    seq.items = value.map(toNode);
    if (seq.items.every((item) => isScalar(item)) && seq.items.length === 0) seq.flow = true;
    return seq;
  }
  const map = new YAMLMap();
  map.items = Object.entries(value).map(([key, one]) => new Pair(new Scalar(key), toNode(one)) as never);
  if (map.items.length === 0) map.flow = true;
  return map;
}
