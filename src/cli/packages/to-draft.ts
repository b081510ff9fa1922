import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_PROPOSED_BY } from "../../api/v1alpha1/well-known.ts";
import type { Context } from "../context.ts";
import { requestLifecycle, requireLifecycle, waitForLifecycle } from "./lifecycle.ts";

/**
 * Makes a proposal a draft again, or ends a request to propose: a withdrawal by its proposer, a rejection by any other
 * user. `isOwn`: the user proposed it.
 */
export async function toDraft(
  context: Context,
  revision: PackageRevision,
  timeoutMs: number,
  reason?: string,
): Promise<{ readonly isOwn: boolean }> {
  // A request to propose that waits is withdrawn in the same way.
  requireLifecycle(revision, isRequested(revision) ? ["proposed", "draft"] : ["proposed"]);
  const requested = await requestLifecycle(context, revision, "draft", reason === undefined ? {} : { reason });
  await waitForLifecycle(context, requested, "draft", timeoutMs);
  const { whoami } = await context.cluster();
  const proposer = revision.status?.proposal?.by ?? revision.metadata.annotations?.[ANNOTATION_PROPOSED_BY];
  return { isOwn: proposer === (await whoami()) };
}

/** True for a proposal, and for a draft with a request to propose. */
export function isRequested({ spec }: PackageRevision): boolean {
  return spec.lifecycle === "proposed" || spec.lifecycle === "published";
}
