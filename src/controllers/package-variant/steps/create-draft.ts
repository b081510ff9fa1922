import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../../api/v1alpha1/package-variant.ts";
import { ANNOTATION_CHANGED_BY, ANNOTATION_WRITTEN_SPEC, FINALIZER } from "../../../api/v1alpha1/well-known.ts";
import { locationOf } from "../../../core/identity/location.ts";
import { objectName } from "../../../core/identity/names.ts";
import { isSameJson } from "../../../core/identity/same-json.ts";
import { ownerAnnotation, writtenSpec } from "../../../core/variants/ownership.ts";
import type { VariantPlan } from "../../../core/variants/plan.ts";
import { ignoreNotFound, isAlreadyExists } from "../../../kube/client/errors.ts";
import { DONE, type Result } from "../../../runtime/reconcile.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import type { VariantContext } from "../context.ts";

type CreateDraft = Extract<VariantPlan, { readonly kind: "createDraft" }>;

/**
 * Creates a draft of a variant. Whoever made the variant, or changed it, has changed the draft: under four eyes they do
 * not approve it. Without names in the variant the draft has none either, and is not approved by anybody.
 */
export async function createDraft(
  { client, repositories }: VariantContext,
  variant: PackageVariant,
  { spec, workspace }: CreateDraft,
): Promise<Result> {
  const { namespace, annotations: given } = variant.metadata;
  const { repository, target } = variant.spec.downstream;
  const deployment = repositories.get(`${namespace}/${repository}`)?.spec.deployment ?? target !== undefined;
  const location = locationOf(spec.packageRevID, { directory: "", deployment });
  const { labels, annotations } = variant.spec.packageContext ?? {};
  const changers = given?.[ANNOTATION_CHANGED_BY];
  const draft: PackageRevision = {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: {
      name: objectName(repository, location, workspace),
      namespace,
      // Its controller would add it with one more write.
      finalizers: [FINALIZER],
      ...(labels !== undefined && { labels }),
      annotations: {
        ...annotations,
        ...ownerAnnotation(variant),
        [ANNOTATION_WRITTEN_SPEC]: writtenSpec(spec),
        ...(changers !== undefined && { [ANNOTATION_CHANGED_BY]: changers }),
      },
    },
    spec,
  };
  try {
    await client.create(packageRevisions, draft);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const found = await ignoreNotFound(client.get(packageRevisions, { namespace, name: draft.metadata.name }));
    // Created since the plan was made: the watch reports it.
    if (found === undefined || isSameJson(found.spec.packageRevID, spec.packageRevID)) return DONE;
    const message = `${keyOf(draft)} is there already, for another package: name the downstream package otherwise`;
    throw new StalledError({ reason: "NameTaken", retry: "backoff" }, message);
  }
  return DONE;
}
