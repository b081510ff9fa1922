import { Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
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

/** By classes: tests of the library take twice as long for scalars, which differ in their fields. */
function add(node: unknown, depth: number, size: Size): void {
  size.values += 1;
  if (depth > size.depth) size.depth = depth;
  if (node instanceof Scalar || depth > MAX_DEPTH) return;
  if (node instanceof Pair) {
    add(node.key, depth, size);
    add(node.value, depth, size);
  } else if (node instanceof YAMLMap || node instanceof YAMLSeq) {
    for (const item of node.items) add(item, depth + 1, size);
  }
}
