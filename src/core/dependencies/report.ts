import { apiVersionOf, coreKind } from "./core-kinds.ts";
import { type DependencyGraph, type DependencyNode, type DependencyProblem, filesOf, type Need } from "./graph.ts";
import type { PackageId } from "./package-apis.ts";
import { type PackageRevisionApis, revisionName, targetOf } from "./revision-apis.ts";

/** As in pkgserver: of roles, the version is `*`. */
export interface DependencyRef {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface PackageDependency {
  readonly type: "core" | "package";
  readonly ref: DependencyRef;
  /** What provides it. */
  readonly packageDependencies?: readonly (PackageId & { readonly revision: string })[];
  /** The first files that need it. */
  readonly files: readonly string[];
}

export interface ReportedProblem {
  readonly ref?: DependencyRef;
  readonly reason: string;
  readonly files?: readonly string[];
}

/** What one package revision needs: `status.dependencies` of pkgserver, and the files. */
export interface PackageDependencies {
  readonly name: string;
  readonly errors: readonly ReportedProblem[];
  readonly warnings: readonly ReportedProblem[];
  readonly dependencies: readonly PackageDependency[];
}

export interface DependencyReport extends PackageDependencies {
  /** What the dependencies need in turn. `toAdd`: to that target, from a catalog. */
  readonly packages: readonly (PackageDependencies & {
    readonly toAdd?: string;
    readonly alternatives?: readonly string[];
  })[];
  readonly cycles: readonly (readonly string[])[];
}

/** @param others the packages that are reported beside the root */
export function reportDependencies(
  { root, nodes, cycles }: DependencyGraph,
  others: Iterable<DependencyNode> = nodes.values(),
): DependencyReport {
  const nameOf = (id: string) => nodes.get(id)?.revision;
  const packages = [...others]
    .filter((node) => node !== root)
    .map((node) => {
      const { state, target, alternatives } = node;
      return {
        ...reportNode(node, nodes),
        ...(state === "catalog" && target !== undefined && { toAdd: target }),
        ...(alternatives.size > 0 && { alternatives: [...alternatives] }),
      };
    });
  return {
    ...reportNode(root, nodes),
    packages,
    cycles: cycles.map((ids) => ids.flatMap((id) => nameOf(id) ?? []).map(revisionName)),
  };
}

function reportNode(node: DependencyNode, nodes: DependencyGraph["nodes"]): PackageDependencies {
  const provided = [...node.edges].flatMap(([id, needs]) => {
    const by = nodes.get(id)?.revision;
    return by === undefined ? [] : needs.map((need) => ({ need, by }));
  });
  return {
    name: revisionName(node.revision),
    errors: problemsOf(node, "error"),
    warnings: problemsOf(node, "warning"),
    dependencies: [
      ...node.core.map((need) => ({ type: "core" as const, ref: refOf(need), files: filesOf(need) })),
      ...provided.map(({ need, by }) => ({
        type: "package" as const,
        ref: refOf(need, by),
        packageDependencies: [toPackage(by)],
        files: filesOf(need),
      })),
    ],
  };
}

export function problemsOf(
  { problems, revision }: DependencyNode,
  severity: DependencyProblem["severity"],
): readonly ReportedProblem[] {
  return problems.filter((one) => one.severity === severity).map((one) => toProblem(one, revision));
}

function toProblem({ message, need }: DependencyProblem, by: PackageRevisionApis): ReportedProblem {
  return { ...(need !== undefined && { ref: refOf(need, by), files: filesOf(need) }), reason: message };
}

function toPackage({ package: id, revision }: PackageRevisionApis): PackageId & { readonly revision: string } {
  const target = targetOf(id);
  const { repository, realm, package: name } = id;
  return {
    ...(target !== undefined && { target }),
    repository,
    ...(realm !== undefined && { realm }),
    package: name,
    revision,
  };
}

/** @param by what provides it, which knows the kind of a resource */
export function refOf(one: Need, by?: PackageRevisionApis): DependencyRef {
  switch (one.kind) {
    case "api":
      return { apiVersion: apiVersionOf(one.need.group, one.need.version), kind: one.need.kind };
    case "rule": {
      const { group, resource } = one.need;
      const offered = by?.apis.offers.find((offer) => offer.group === group && offer.plural === resource)?.kind;
      return { apiVersion: apiVersionOf(group, "*"), kind: coreKind(group, resource) ?? offered ?? resource };
    }
    case "package":
      return { apiVersion: one.need.apiVersion, kind: one.need.kind };
    default:
      return one satisfies never;
  }
}
