import type { Blocker } from "../../../core/revision/observation.ts";
import { isForbidden } from "../../../kube/client/errors.ts";
import { packageRevisions, subjectAccessReviews } from "../../shared/kinds.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import type { RevisionScope } from "../scope.ts";

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):[^:]+$/;

/**
 * Asks the API server once more whether the approver has the right to approve: one request for each publication. A
 * refusal counts for ServiceAccounts, whose groups follow from their names. The groups of people are in their
 * credentials alone, so that a refusal of the name says nothing.
 * @throws StalledError `ApproverNotAllowed` if the operator may not ask
 */
export async function approverBlocker({
  dependencies: { client },
  object,
}: RevisionScope): Promise<Blocker | undefined> {
  const user = object.spec.approval?.by;
  if (user === undefined) return undefined;
  const ofNamespace = SERVICE_ACCOUNT.exec(user)?.[1];
  const { namespace, name } = object.metadata;
  const { group, plural: resource } = packageRevisions;
  const resourceAttributes = { group, resource, subresource: "approval", verb: "update", namespace, name };
  const spec = { user, groups: groupsOf(ofNamespace), resourceAttributes };
  try {
    const { status } = await client.create(subjectAccessReviews, { metadata: {}, spec });
    if (status?.allowed === true || ofNamespace === undefined) return undefined;
  } catch (error) {
    if (ofNamespace === undefined) return undefined;
    if (!isForbidden(error)) throw error;
    const message = "the operator may not create SubjectAccessReviews: its ClusterRole is of another version";
    throw new StalledError({ reason: "ApproverNotAllowed", retry: "backoff" }, message);
  }
  const message =
    `${user} approved this, and may not: it needs update on packagerevisions/approval in namespace ${namespace}; ` +
    "set lifecycle proposed and ask another approver";
  return { reason: "ApproverNotAllowed", message, kind: "stalled" };
}

function groupsOf(serviceAccountNamespace: string | undefined): readonly string[] {
  const all = "system:authenticated";
  if (serviceAccountNamespace === undefined) return [all];
  return ["system:serviceaccounts", `system:serviceaccounts:${serviceAccountNamespace}`, all];
}
