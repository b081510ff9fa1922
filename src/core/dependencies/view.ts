import { findCyclesInSteps } from "./cycles.ts";
import type { DependencyGraph, DependencyNode } from "./graph.ts";
import { findMissingInSteps } from "./missing.ts";

/** What one of the roots of a resolution leads to. Each package is a step. */
export function* viewInSteps(all: ReadonlyMap<string, DependencyNode>, id: string): Generator<void, DependencyGraph> {
  const first = all.get(id);
  if (first === undefined) throw new Error(`no node ${id}`);
  const root: DependencyNode = { ...first, state: "root" };
  const nodes = new Map([[id, root]]);
  for (const { edges } of nodes.values()) {
    yield;
    for (const to of edges.keys()) {
      const node = nodes.has(to) ? undefined : all.get(to);
      if (node !== undefined) nodes.set(to, node);
    }
  }
  const cycles = yield* findCyclesInSteps(nodes);
  const missing = yield* findMissingInSteps({ root, nodes });
  return { root, nodes, cycles, missing };
}
