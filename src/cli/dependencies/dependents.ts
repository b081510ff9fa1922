import type { DependencyCatalog, Dependent } from "../../core/dependencies/dependency-catalog.ts";
import { filesOf, isOrdered } from "../../core/dependencies/graph.ts";
import { type DependencyRef, refOf } from "../../core/dependencies/report.ts";
import { type PackageRevisionApis, revisionName } from "../../core/dependencies/revision-apis.ts";
import { type Branch, drawBranches } from "../output/branches.ts";
import { printableLine } from "../output/printable.ts";
import { describeNeeds } from "./describe-needs.ts";
import type { DrawnGraph } from "./draw-graph.ts";

/** The packages that need a revision, and those that need them, each once. */
export interface DependentNode {
  readonly revision: PackageRevisionApis;
  readonly dependents: readonly (Dependent & { readonly node: DependentNode })[];
}

export function findDependents(catalog: DependencyCatalog, own: PackageRevisionApis): DependentNode {
  const known = new Map<string, DependentNode>();
  const visit = (revision: PackageRevisionApis): DependentNode => {
    const dependents: (Dependent & { readonly node: DependentNode })[] = [];
    const node = { revision, dependents };
    known.set(revision.name, node);
    for (const one of catalog.dependentsOf(revision))
      dependents.push({ ...one, node: known.get(one.revision.name) ?? visit(one.revision) });
    return node;
  };
  return visit(own);
}

export function drawDependents(root: DependentNode): readonly string[] {
  const drawn = new Set<DependentNode>();
  const below = (node: DependentNode): readonly Branch[] => {
    drawn.add(node);
    return node.dependents.map(({ revision, needs, node: other }) => ({
      label: `${printableLine(revisionName(revision))}  ${describeNeeds(needs, node.revision)}`,
      below: drawn.has(other) ? [] : below(other),
    }));
  };
  return [printableLine(revisionName(root.revision)), ...drawBranches(below(root))];
}

export interface ReportedDependent {
  readonly name: string;
  readonly needs: readonly { readonly of: string; readonly ref: DependencyRef; readonly files: readonly string[] }[];
}

/** Each dependent once, with what it needs of the packages of the list. */
export function reportDependents(root: DependentNode): {
  readonly name: string;
  readonly dependents: readonly ReportedDependent[];
} {
  const found = new Map<string, ReportedDependent["needs"][number][]>();
  for (const { from, to, needs } of edgesOf(root)) {
    const own = needs.map((need) => ({
      ...{ of: revisionName(to.revision), ref: refOf(need, to.revision) },
      files: filesOf(need),
    }));
    found.set(revisionName(from.revision), [...(found.get(revisionName(from.revision)) ?? []), ...own]);
  }
  return { name: revisionName(root.revision), dependents: [...found].map(([name, needs]) => ({ name, needs })) };
}

export function graphOfDependents(root: DependentNode): DrawnGraph {
  const edges = edgesOf(root);
  const all = new Set([root, ...edges.map(({ from }) => from)]);
  return {
    nodes: new Map([...all].map(({ revision }) => [revision.name, { label: revisionName(revision), isDashed: false }])),
    edges: edges.map(({ from, to, needs }) => ({
      ...{ from: from.revision.name, to: to.revision.name },
      ...{ label: describeNeeds(needs, to.revision), isDashed: !isOrdered(needs) },
    })),
  };
}

function edgesOf(root: DependentNode) {
  const visited = new Set([root]);
  const edges: { readonly from: DependentNode; readonly to: DependentNode; readonly needs: Dependent["needs"] }[] = [];
  for (const to of visited) {
    for (const { node: from, needs } of to.dependents) {
      edges.push({ from, to, needs });
      visited.add(from);
    }
  }
  return edges;
}
