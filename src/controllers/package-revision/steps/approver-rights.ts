import { countedApprovals } from "../../../core/revision/approvals/given-approvals.ts";
import type { Blocker } from "../../../core/revision/observation.ts";
import { freezeOverride } from "../../../core/revision/preconditions/freeze.ts";
import { isForbidden } from "../../../kube/client/errors.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import type { RevisionScope } from "../scope.ts";
import { isAllowed, isServiceAccount, type Permission } from "./access-review.ts";

/**
 * Asks the API server once more whether the ServiceAccounts that approved have the right to approve, and the one that
 * overrides a freeze the right to that. People are not asked for: without their groups a refusal would say nothing. One
 * request for each right.
 * @param byRule a rule approves in place of people, whose approvals do not count then
 * @throws StalledError `ApproverNotAllowed` if the operator may not ask
 */
export async function approverBlocker(
  scope: RevisionScope,
  { byRule }: { readonly byRule: boolean },
): Promise<Blocker | undefined> {
  const { object, observation } = scope;
  const { namespace = "", name = "" } = object.metadata;
  const { digest = "" } = object.status?.proposal ?? {};
  const approvals = byRule ? [] : countedApprovals(observation, digest);
  for (const { by } of approvals) {
    if (await isPermitted(scope, by, { verb: "update", subresource: "approval", namespace, name })) continue;
    const message =
      `${by} approved this, and may not: it needs update on packagerevisions/approval in namespace ${namespace}; ` +
      "set lifecycle proposed and ask another approver";
    return { reason: "ApproverNotAllowed", message, kind: "stalled" };
  }
  const { freeze } = observation;
  const override = freeze && freezeOverride(observation, digest);
  if (override === undefined || (await isPermitted(scope, override.by, { verb: "override-freeze", namespace, name }))) {
    return undefined;
  }
  const message =
    `${override.by} overrides the freeze ${freeze?.name}, and may not: it needs override-freeze on packagerevisions ` +
    `in namespace ${namespace}; wait for its end, or set lifecycle proposed and ask another approver`;
  const until = freeze !== undefined && "until" in freeze.end ? { until: freeze.end.until } : {};
  return { reason: "ApproverNotAllowed", message, kind: "stalled", ...until };
}

/** True of people. */
async function isPermitted(
  { dependencies: { client } }: RevisionScope,
  user: string,
  permission: Permission,
): Promise<boolean> {
  if (!isServiceAccount(user)) return true;
  try {
    return await isAllowed(client, user, permission);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const message = "the operator may not create SubjectAccessReviews: its ClusterRole is of another version";
    throw new StalledError({ reason: "ApproverNotAllowed", retry: "backoff" }, message);
  }
}
