import { packageRevisionKind } from "../../../api/v1alpha1/package-revision.ts";
import type { ResourcesClient } from "../../../core/ports/resources-client.ts";
import { subjectAccessReviews } from "../../shared/kinds.ts";

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):[^:]+$/;

/** A permission for package revisions, or for a subresource of them. */
export interface Permission {
  readonly verb: "update" | "create" | "override-freeze";
  readonly subresource?: "approval" | "gates";
  readonly namespace: string;
  /** Of the package revision, or the condition type of a gate. Absent: any. */
  readonly name?: string;
}

/** A user whose permissions the operator can ask for: the groups of people are in their credentials alone. */
export function isServiceAccount(user: string): boolean {
  return SERVICE_ACCOUNT.test(user);
}

/** Whether a ServiceAccount has a permission; false for other users. One API call, which stores nothing. */
export async function isAllowed(
  client: Pick<ResourcesClient, "create">,
  user: string,
  permission: Permission,
): Promise<boolean> {
  const account = SERVICE_ACCOUNT.exec(user)?.[1];
  if (account === undefined) return false;
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${account}`, "system:authenticated"];
  const { group, plural: resource } = packageRevisionKind;
  const resourceAttributes = { group, resource, ...permission };
  const { status } = await client.create(subjectAccessReviews, {
    metadata: {},
    spec: { user, groups, resourceAttributes },
  });
  return status?.allowed === true;
}
