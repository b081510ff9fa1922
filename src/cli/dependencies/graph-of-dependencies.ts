import { type DependencyGraph, isOrdered } from "../../core/dependencies/graph.ts";
import { revisionName } from "../../core/dependencies/revision-apis.ts";
import { describeNeeds } from "./describe-needs.ts";
import type { DrawnGraph } from "./draw-graph.ts";

/** Dashed: packages that are to be added, and what roles alone name. What nothing provides is a node, too. */
export function graphOfDependencies({ nodes }: DependencyGraph): DrawnGraph {
  const drawn = new Map<string, { readonly label: string; readonly isDashed: boolean }>();
  const edges: DrawnGraph["edges"][number][] = [];
  for (const { id, revision, state, target } of nodes.values())
    drawn.set(id, { label: revisionName(revision), isDashed: state === "catalog" && target !== undefined });
  for (const { id, edges: own, problems } of nodes.values()) {
    for (const [to, needs] of own) {
      const other = nodes.get(to);
      if (other === undefined) continue;
      edges.push({ from: id, to, label: describeNeeds(needs, other.revision), isDashed: !isOrdered(needs) });
    }
    for (const { severity, message, need } of problems) {
      if (severity !== "error" || need === undefined) continue;
      drawn.set(message, { label: message, isDashed: true });
      edges.push({ from: id, to: message, label: "missing", isDashed: true });
    }
  }
  return { nodes: drawn, edges };
}
