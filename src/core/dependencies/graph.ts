import type { KindNeed, PackageNeed, RuleNeed } from "./package-apis.ts";
import type { PackageRevisionApis } from "./revision-apis.ts";

/** Why a package needs another one. */
export type Need =
  | { readonly kind: "api"; readonly need: KindNeed }
  | { readonly kind: "rule"; readonly need: RuleNeed }
  | { readonly kind: "package"; readonly need: PackageNeed };

export interface DependencyProblem {
  readonly severity: "error" | "warning";
  readonly message: string;
  /** Absent for what is about the package as a whole. */
  readonly need?: Need;
}

/** A package that takes part in a resolution, at one revision. */
export interface DependencyNode {
  readonly id: string;
  readonly revision: PackageRevisionApis;
  /** Where it is, or is to be; absent for the dependencies of a package in a catalog. */
  readonly target?: string;
  /** root: what was asked about. installed: published in the target. catalog: the revision to add from a catalog. */
  readonly state: "root" | "installed" | "catalog";
  /** Other packages that have some of what is needed of this one, the best first. */
  readonly alternatives: ReadonlySet<string>;
  /** It is named, or alone has something else that is needed: the others do not take its place. */
  readonly isNeededAnyhow?: true;
  /** By the other node's id. */
  readonly edges: ReadonlyMap<string, readonly Need[]>;
  /** What Kubernetes itself has. */
  readonly core: readonly Need[];
  readonly problems: readonly DependencyProblem[];
}

export interface DependencyGraph {
  readonly root: DependencyNode;
  /** Those that the root leads to, itself first. */
  readonly nodes: ReadonlyMap<string, DependencyNode>;
  /** Ids of nodes in a circle, the first one again at the end; without what roles alone name. */
  readonly cycles: readonly (readonly string[])[];
  /**
   * The packages that are to be added to the root's target for it, each after those that it needs; without what roles
   * alone name.
   */
  readonly missing: readonly DependencyNode[];
}

/** The files that a need is in. */
export function filesOf(one: Need): readonly string[] {
  return one.kind === "package" ? [one.need.file] : one.need.files;
}

/** In order: a resource of this kind is applied after what it needs. Roles are applied without what they name. */
export function isOrdered(needs: readonly Need[]): boolean {
  return needs.some(({ kind }) => kind !== "rule");
}
