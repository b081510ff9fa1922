import type { PackageRevision, PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";

/** How a draft begins, from what is published already. */
export type DraftTask =
  | "clone"
  | "upgrade"
  /** From the latest published revision as it is: inputs, labels or annotations change, and no file of the upstream. */
  | "none"
  /** It is not recorded what the published revision was made from, so that nothing can be merged into it. */
  | "unknown";

/**
 * The task that makes `revision` of the upstream from the latest published revision of the package, if there is one.
 */
export function taskFor(
  { upgradeStrategy }: PackageVariantSpec,
  revision: string,
  published: PackageRevision | undefined,
): DraftTask {
  if (published === undefined) return "clone";
  const { upstreamLock } = published.status ?? {};
  if (upstreamLock !== undefined) return upstreamLock.revision === revision ? "none" : "upgrade";
  // The strategy that takes the upstream as it is needs no base.
  return upgradeStrategy === "replace" ? "clone" : "unknown";
}

/** The spec of a variant's draft. */
export function draftSpec(
  { upstream, downstream, packageContext = {}, upgradeStrategy }: PackageVariantSpec,
  { workspace, revision, task }: { readonly workspace: string; readonly revision: string; readonly task: DraftTask },
): Omit<PackageRevisionSpec, "lifecycle" | "approval"> {
  const { inputs = [], readinessGates = [] } = packageContext;
  return {
    packageRevID: { ...downstream, workspace },
    upstream: { ...upstream, revision },
    ...((task === "clone" || task === "upgrade") && { tasks: [{ type: task }] }),
    ...(task === "upgrade" && upgradeStrategy !== undefined && { upgradeStrategy }),
    ...(inputs.length > 0 && { inputs }),
    ...(readinessGates.length > 0 && { readinessGates }),
  };
}
