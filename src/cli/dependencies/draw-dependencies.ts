import { formatCount } from "../../core/conditions/count.ts";
import { type DependencyGraph, type DependencyNode, filesOf } from "../../core/dependencies/graph.ts";
import { type PackageRevisionApis, revisionName } from "../../core/dependencies/revision-apis.ts";
import { type Branch, drawBranches } from "../output/branches.ts";
import { printableLine } from "../output/printable.ts";
import type { Style } from "../output/style.ts";
import { describeNeeds } from "./describe-needs.ts";

/** Other packages that a line names. */
const MAX_ALTERNATIVES = 2;

/** The lines of a tree: each package below those that need it, what it needs in turn where it comes first. */
export function drawDependencies({ root, nodes, cycles }: DependencyGraph, style: Style): readonly string[] {
  const drawn = new Set<string>();
  const below = (node: DependencyNode): readonly Branch[] => {
    drawn.add(node.id);
    const branches = [...node.edges].flatMap(([id, needs]) => {
      const other = nodes.get(id);
      if (other === undefined) return [];
      const label = `${nameOf(other.revision)}${stateOf(other)}  ${describeNeeds(needs, other.revision)}`;
      const isKnown = drawn.has(id);
      const hasMore = other.edges.size > 0 || other.problems.length > 0;
      return [{ label: isKnown && hasMore ? `${label}  (see above)` : label, below: isKnown ? [] : below(other) }];
    });
    return [...branches, ...problemLines(node, style).map((label) => ({ label, below: [] }))];
  };
  const lines = drawBranches(below(root));
  const core = root.core.filter(({ kind }) => kind === "api").length;
  return [
    `${nameOf(root.revision)}${core === 0 ? "" : `  (and ${formatCount(core, "kind")} of Kubernetes)`}`,
    ...lines,
    ...cycleLines({ nodes, cycles }, style),
  ];
}

/** What is to be done: packages to add to the target, and what nothing provides. */
export function listMissing({ root, nodes, cycles }: DependencyGraph, style: Style): readonly string[] {
  const all = [...nodes.values()];
  const toAdd = all.flatMap((node) => {
    if (node.state !== "catalog" || node.target === undefined) return [];
    const by = all.filter(({ edges }) => edges.has(node.id)).map(({ revision }) => nameOf(revision));
    return [
      `add to ${printableLine(node.target)}: ${nameOf(node.revision)}${othersOf(node)}, needed by ${by.join(", ")}`,
    ];
  });
  const problems = [root, ...all.filter((node) => node.id !== root.id)].flatMap((node) =>
    problemLines(node, style, ["error"]).map((line) => `${nameOf(node.revision)}: ${line}`),
  );
  return [...toAdd, ...problems, ...cycleLines({ nodes, cycles }, style)];
}

function stateOf(node: DependencyNode): string {
  const others = othersOf(node);
  return node.state === "catalog" && node.target !== undefined
    ? `  to add to ${printableLine(node.target)}${others}`
    : others;
}

function othersOf({ alternatives }: DependencyNode): string {
  const names = [...alternatives];
  const rest = names.length > MAX_ALTERNATIVES ? ", …" : "";
  return names.length === 0 ? "" : printableLine(` (or ${names.slice(0, MAX_ALTERNATIVES).join(", ")}${rest})`);
}

function problemLines(
  { problems }: DependencyNode,
  style: Style,
  severities: readonly string[] = ["error", "warning"],
): readonly string[] {
  return problems
    .filter(({ severity }) => severities.includes(severity))
    .map(({ severity, message, need }) => {
      const [file] = need === undefined ? [] : filesOf(need);
      const where = file === undefined || message.includes(`(${file})`) ? "" : ` (${file})`;
      const label = severity === "error" ? style.red("error") : style.yellow("warning");
      return `${label}: ${printableLine(`${message}${where}`)}`;
    });
}

function cycleLines({ nodes, cycles }: Pick<DependencyGraph, "nodes" | "cycles">, style: Style): readonly string[] {
  return cycles.map((ids) => {
    const steps = ids.slice(0, -1).map((id, index) => {
      const [node, next] = [nodes.get(id), nodes.get(ids[index + 1] ?? "")];
      const needs = node?.edges.get(next?.id ?? "") ?? [];
      const [file] = needs.filter(({ kind }) => kind !== "rule").flatMap(filesOf);
      return `${node === undefined ? "" : nameOf(node.revision)} (${printableLine(file ?? "")})`;
    });
    const end = nodes.get(ids[0] ?? "");
    const last = end === undefined ? "" : nameOf(end.revision);
    return `${style.red("error")}: a circle: ${[...steps, last].join(" → ")}`;
  });
}

function nameOf(one: PackageRevisionApis): string {
  return printableLine(revisionName(one));
}
