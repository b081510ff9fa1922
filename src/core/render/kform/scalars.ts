import { isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import { keyText } from "../nodes/read.ts";
import { isKformAnnotation } from "./annotations.ts";

/** A value in a block that may be an expression. */
export interface BlockScalar {
  readonly scalar: Scalar;
  readonly path: readonly (string | number)[];
  /** Puts another value in its place. */
  readonly replace: (node: Node) => void;
}

/**
 * The scalars of a block, in the order of the document, without keys and kform's annotations: equal documents give
 * equal lists. Aliases are not followed. Recurses: the depth is bounded.
 */
export function scalarsOf(root: Node): readonly BlockScalar[] {
  const found: BlockScalar[] = [];
  visit(root, [], () => {}, found);
  return found;
}

function visit(node: unknown, path: BlockScalar["path"], replace: BlockScalar["replace"], found: BlockScalar[]): void {
  if (isScalar(node)) found.push({ scalar: node, path, replace });
  else if (isMap(node)) {
    for (const pair of node.items) {
      const key = keyText(pair.key) ?? "";
      if (isAnnotations(path) && isKformAnnotation(key)) continue;
      visit(pair.value, [...path, key], (next) => Object.assign(pair, { value: next }), found);
    }
  } else if (isSeq(node)) {
    for (const [at, item] of node.items.entries()) {
      visit(item, [...path, at], (next) => node.items.splice(at, 1, next), found);
    }
  }
}

function isAnnotations(path: BlockScalar["path"]): boolean {
  return path.length === 2 && path[0] === "metadata" && path[1] === "annotations";
}
