import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../../api/v1alpha1/package-variant.ts";
import { ANNOTATION_LIFECYCLE_CHANGED_BY, ANNOTATION_VARIANT } from "../../../api/v1alpha1/well-known.ts";
import { ignoreNotFound } from "../../../kube/client/errors.ts";
import { DONE, type Result } from "../../../runtime/reconcile.ts";
import { forEachLimited } from "../../shared/for-each.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import type { VariantContext } from "../context.ts";

const MAX_CONCURRENT = 8;

/**
 * Ends what a variant has published, as `spec.deletionPolicy` says: the deletion is proposed, or nothing. It is no
 * longer the variant's, so that whoever decides against the deletion keeps it. Throws `ApiError` Conflict if one has
 * changed since.
 */
export async function retireRevisions(
  { client }: VariantContext,
  variant: PackageVariant,
  revisions: readonly PackageRevision[],
): Promise<Result> {
  const keeps = variant.spec.deletionPolicy === "orphan";
  await forEachLimited(revisions, MAX_CONCURRENT, async ({ metadata: { namespace, name, resourceVersion } }) => {
    // Nobody is named as the proposer: nobody knows in which request of which user this was asked for.
    const annotations = { [ANNOTATION_VARIANT]: null, ...(!keeps && { [ANNOTATION_LIFECYCLE_CHANGED_BY]: null }) };
    const metadata = { resourceVersion, annotations };
    const body = { metadata, ...(!keeps && { spec: { lifecycle: "deletionProposed" } }) };
    await ignoreNotFound(client.patch(packageRevisions, { namespace, name }, { kind: "merge", body }));
  });
  return DONE;
}
