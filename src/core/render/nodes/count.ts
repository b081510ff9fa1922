import { isCollection, isPair, isScalar } from "yaml";
import { MAX_DEPTH } from "../../validation/yaml/read-checked.ts";

interface Size {
  values: number;
  depth: number;
}

/** The number of values in a node, and its depth. Looks no deeper than one level more than `MAX_DEPTH`. */
export function measure(root: unknown): Readonly<Size> {
  const size = { values: 0, depth: 0 };
  add(root, 1, size);
  return size;
}

function add(node: unknown, depth: number, size: Size): void {
  size.values += 1;
  if (depth > size.depth) size.depth = depth;
  if (isScalar(node) || depth > MAX_DEPTH) return;
  if (isPair(node)) {
    add(node.key, depth, size);
    add(node.value, depth, size);
  } else if (isCollection(node)) for (const item of node.items) add(item, depth + 1, size);
}
