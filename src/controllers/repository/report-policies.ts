import type { Repository } from "../../api/v1alpha1/repository.ts";
import { POLICIES_MISSING, type PolicyState } from "../../core/admission/policy-state.ts";
import { type Readiness, summarizeConditions } from "../../core/conditions/conditions.ts";
import { timestamp } from "../../core/identity/timestamp.ts";
import { ignoreNotFound } from "../../kube/client/errors.ts";
import { DONE, type Result } from "../../runtime/reconcile.ts";
import { repositories } from "../shared/kinds.ts";
import type { RepositoryContext } from "./context.ts";
import { policiesReadiness } from "./status.ts";

/** A sync reports the policies itself: one that has not ended by then waits, such as for a push that hangs. */
export const REPORT_AFTER_MS = 2_000;

/**
 * Makes the conditions of a Repository say what the policies are now, while its sync waits. Throws `ApiError`; a
 * Conflict if the sync wrote them meanwhile.
 */
export async function reportPolicies(
  { client, now, ownership, policies, repositories: lister }: ReportContext,
  key: string,
): Promise<Result> {
  const known = lister.get(key);
  if (known === undefined || !ownership.ownsRepository(known)) return DONE;
  const { namespace, name } = known.metadata;
  // The lister may not have what the sync wrote.
  const live = await ignoreNotFound(client.get(repositories, { namespace, name }));
  const readiness = live && staleReadiness(live, policies.reported());
  if (live === undefined || readiness === undefined) return DONE;
  const { conditions: before = [], observedGeneration = 0 } = live.status ?? {};
  const conditions = summarizeConditions(before, readiness, observedGeneration, timestamp(now()));
  const { resourceVersion } = live.metadata;
  const body = { metadata: { resourceVersion }, status: { conditions } };
  await client.patchStatus(repositories, { namespace, name }, { kind: "merge", body });
  return DONE;
}

type ReportContext = Pick<RepositoryContext, "client" | "now" | "ownership" | "policies" | "repositories">;

/** Undefined where the conditions are right, or report something else, as they do after the next sync as well. */
export function staleReadiness({ metadata, status }: Repository, policies: PolicyState): Readiness | undefined {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const isReported = ready?.reason === POLICIES_MISSING;
  if (metadata.deletionTimestamp !== undefined || (ready?.status !== "True" && !isReported)) return undefined;
  const unenforced = policiesReadiness(policies);
  if (unenforced !== undefined) return isReported && ready.message === unenforced.message ? undefined : unenforced;
  if (!isReported) return undefined;
  const message = "the admission policies are enforced again; a sync is under way, and waits for Git";
  return { state: "reconciling", reason: "Syncing", message };
}
