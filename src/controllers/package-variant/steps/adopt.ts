import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../../api/v1alpha1/package-variant.ts";
import { adoptedAnnotations } from "../../../core/variants/ownership.ts";
import { DONE, type Result } from "../../../runtime/reconcile.ts";
import { forEachLimited } from "../../shared/for-each.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import type { VariantContext } from "../context.ts";

const MAX_CONCURRENT = 8;

/**
 * Marks published revisions as those of the variant, and as made by none: a former variant may have made them. Throws
 * `ApiError` Conflict if one has changed since.
 */
export async function adoptRevisions(
  { client, events }: VariantContext,
  variant: PackageVariant,
  revisions: readonly PackageRevision[],
): Promise<Result> {
  await forEachLimited(revisions, MAX_CONCURRENT, async ({ metadata: { namespace, name, resourceVersion } }) => {
    const body = { metadata: { resourceVersion, annotations: adoptedAnnotations(variant) } };
    await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
  });
  const names = revisions.map(({ metadata }) => metadata.name).join(", ");
  events.record(variant, { type: "Normal", reason: "Adopted", action: "Adopt", note: `adopted ${names}` });
  return DONE;
}
