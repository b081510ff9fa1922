import type { KubeObject, Resource } from "../../../api/meta.ts";
import { packageRevisionKind } from "../../../api/v1alpha1/package-revision.ts";
import type { RevisionScope } from "../scope.ts";

interface SubjectAccessReview extends KubeObject {
  readonly spec: object;
  readonly status?: { readonly allowed: boolean };
}

const subjectAccessReviews: Resource<SubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  plural: "subjectaccessreviews",
  kind: "SubjectAccessReview",
  namespaced: false,
};

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):[^:]+$/;

/**
 * True for a ServiceAccount that may set one of the draft's gates: `update packagerevisions/gates`, with the condition
 * type as the resource's name. People who may set gates are no gate programs. One API call a gate, at most 16.
 */
export async function isGateProgram(
  { dependencies: { client }, object }: Pick<RevisionScope, "dependencies" | "object">,
  user: string,
): Promise<boolean> {
  const account = SERVICE_ACCOUNT.exec(user)?.[1];
  if (account === undefined) return false;
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${account}`, "system:authenticated"];
  const { group, plural: resource } = packageRevisionKind;
  for (const { conditionType: name } of object.spec.readinessGates ?? []) {
    const { namespace } = object.metadata;
    const resourceAttributes = { namespace, verb: "update", group, resource, subresource: "gates", name };
    const review = { metadata: {}, spec: { user, groups, resourceAttributes } };
    if ((await client.create(subjectAccessReviews, review)).status?.allowed === true) return true;
  }
  return false;
}
