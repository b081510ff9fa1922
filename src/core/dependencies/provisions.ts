import type { DependencyIndex } from "./dependency-index.ts";
import type { DependencyProblem, Need } from "./graph.ts";
import type { PackageRevisionApis } from "./revision-apis.ts";

/** What provides something that a package needs. */
export type Provider =
  /** Kubernetes. */
  | { readonly kind: "core" }
  /** The package itself. */
  | { readonly kind: "own" }
  | { readonly kind: "installed"; readonly revision: PackageRevisionApis }
  /** A package that is to be added to the target: one of these, the best first. */
  | { readonly kind: "catalog"; readonly keys: readonly string[]; readonly target: string | undefined }
  | { readonly kind: "none" };

/** Does not depend on which revisions are selected in the end. */
export interface Provision {
  readonly need: Need;
  readonly provider: Provider;
  readonly problem?: Pick<DependencyProblem, "severity" | "message">;
}

/** A package that needs something, in a target. */
export interface Needing {
  readonly index: DependencyIndex;
  readonly target: string | undefined;
  readonly by: PackageRevisionApis;
}

export type NeedOf<K extends Need["kind"]> = Extract<Need, { readonly kind: K }>;

export function failed(need: Need, message: string, severity: DependencyProblem["severity"] = "error"): Provision {
  return { need, provider: { kind: "none" }, problem: { severity, message } };
}
