import { type DependencyNode, isOrdered } from "./graph.ts";

/** More are not looked for. */
const MAX_CYCLES = 20;

/**
 * Circles of packages that need each other before they can be applied: each with the first node again at its end. A
 * circle that is part of others is one of them at most. Linear in nodes, each of which is a step, and edges.
 */
export function* findCyclesInSteps(
  nodes: ReadonlyMap<string, DependencyNode>,
): Generator<void, readonly (readonly string[])[]> {
  const cycles: string[][] = [];
  const done = new Set<string>();
  for (const start of nodes.keys()) {
    const path: string[] = [];
    const at = new Map<string, number>();
    const open: { readonly id: string; readonly rest: Iterator<string> }[] = [];
    const enter = (id: string) => {
      at.set(id, path.length);
      path.push(id);
      open.push({ id, rest: orderedEdges(nodes.get(id)).values() });
    };
    if (!done.has(start)) enter(start);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { value: next } = top.rest.next();
      if (next === undefined) {
        yield;
        open.pop();
        path.pop();
        at.delete(top.id);
        done.add(top.id);
        continue;
      }
      const from = at.get(next);
      if (from !== undefined && cycles.length < MAX_CYCLES) cycles.push([...path.slice(from), next]);
      else if (from === undefined && !done.has(next) && nodes.has(next)) enter(next);
    }
  }
  return cycles;
}

function orderedEdges(node: DependencyNode | undefined): readonly string[] {
  return [...(node?.edges ?? [])].flatMap(([id, needs]) => (isOrdered(needs) ? [id] : []));
}
