import type { Blocker } from "../../../core/revision/observation.ts";
import { isForbidden } from "../../../kube/client/errors.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import type { RevisionScope } from "../scope.ts";
import { isServiceAccount, mayUpdate } from "./access-review.ts";

/**
 * Asks the API server once more whether the ServiceAccounts that approved have the right to approve. People are not
 * asked for: without their groups a refusal would say nothing. One request for each of them.
 * @throws StalledError `ApproverNotAllowed` if the operator may not ask
 */
export async function approverBlocker(
  scope: RevisionScope,
  approvers: readonly string[],
): Promise<Blocker | undefined> {
  for (const user of approvers.filter(isServiceAccount)) {
    const blocker = await accountBlocker(scope, user);
    if (blocker !== undefined) return blocker;
  }
  return undefined;
}

async function accountBlocker(
  { dependencies: { client }, object }: RevisionScope,
  user: string,
): Promise<Blocker | undefined> {
  const { namespace, name } = object.metadata;
  try {
    if (await mayUpdate(client, user, { subresource: "approval", namespace, name })) return undefined;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const message = "the operator may not create SubjectAccessReviews: its ClusterRole is of another version";
    throw new StalledError({ reason: "ApproverNotAllowed", retry: "backoff" }, message);
  }
  const message =
    `${user} approved this, and may not: it needs update on packagerevisions/approval in namespace ${namespace}; ` +
    "set lifecycle proposed and ask another approver";
  return { reason: "ApproverNotAllowed", message, kind: "stalled" };
}
