import { isCollection, isPair, isScalar, type Node, type Pair, type Scalar } from "yaml";
import { keyText } from "./read.ts";

/** Called for each node of a resource, the outer ones first, with the path of its field: `spec.ports[0].port`. */
export interface Visitor {
  readonly scalar?: (node: Scalar, path: string) => void;
  /** An entry of a mapping, before its value. */
  readonly entry?: (pair: Pair<unknown, unknown>, path: string) => void;
}

/** Visits what is below a node as it is at that time. Recurses: the depth is bounded. Aliases are not followed. */
export function walk(node: unknown, visitor: Visitor, path = ""): void {
  if (isScalar(node)) visitor.scalar?.(node, path);
  else if (isCollection(node)) {
    for (const [at, item] of [...node.items].entries()) {
      if (!isPair(item)) {
        walk(item as Node, visitor, `${path}[${at}]`);
        continue;
      }
      const key = keyText(item.key) ?? "";
      const below = path === "" ? key : `${path}.${key}`;
      visitor.entry?.(item, below);
      walk(item.value, visitor, below);
    }
  }
}
