import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { ignoreNotFound } from "../../../kube/client/errors.ts";
import { DONE, type Result } from "../../../runtime/reconcile.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import type { VariantContext } from "../context.ts";

/** Deletes a draft in the version that was decided on. Throws `ApiError` Conflict if it has changed since. */
export async function deleteDraft({ client }: VariantContext, { metadata }: PackageRevision): Promise<Result> {
  const { namespace, name, uid, resourceVersion } = metadata;
  const preconditions = {
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
  await ignoreNotFound(client.delete(packageRevisions, { namespace, name }, { preconditions }));
  return DONE;
}
