import { type DependencyGraph, type DependencyNode, isOrdered } from "./graph.ts";
import { targetOf } from "./revision-apis.ts";

/** True if another package could take its place. */
export function isAmbiguous({ alternatives, isNeededAnyhow }: DependencyNode): boolean {
  return alternatives.size > 0 && isNeededAnyhow !== true;
}

/** `missing` of a graph. What packages need that the target has already is not looked at. Each package is a step. */
export function* findMissingInSteps({
  root,
  nodes,
}: Pick<DependencyGraph, "root" | "nodes">): Generator<void, readonly DependencyNode[]> {
  const target = targetOf(root.revision.package);
  if (target === undefined) return [];
  const ordered: DependencyNode[] = [];
  const visited = new Set<string>([root.id]);
  const open = [{ node: root, rest: root.edges.entries() }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const { value: edge, done } = top.rest.next();
    if (done === true) {
      yield;
      open.pop();
      if (top.node !== root) ordered.push(top.node);
      continue;
    }
    const [id, needs] = edge;
    const node = nodes.get(id);
    if (node === undefined || !isOrdered(needs) || visited.has(id)) continue;
    visited.add(id);
    if (node.state === "catalog" && node.target === target) open.push({ node, rest: node.edges.entries() });
  }
  return ordered;
}
