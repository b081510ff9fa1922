import type { PackageVariant } from "../../../api/v1alpha1/package-variant.ts";
import { VARIANT_FINALIZER } from "../../../api/v1alpha1/well-known.ts";
import { isPublished } from "../../../core/variants/observation.ts";
import { ignoreNotFound } from "../../../kube/client/errors.ts";
import { DONE, type Result } from "../../../runtime/reconcile.ts";
import { packageVariants } from "../../shared/kinds.ts";
import { surroundingsStay } from "../../shared/surroundings.ts";
import type { VariantContext } from "../context.ts";
import { observeLive } from "../observe.ts";
import { deleteDraft } from "./delete-draft.ts";
import { retireRevisions } from "./retire.ts";

/**
 * Completes the deletion of a variant. What it has made goes only if it alone is deleted: the end of its namespace, of
 * a Repository or of a CRD changes nothing in Git.
 */
export async function finalizeVariant(context: VariantContext, variant: PackageVariant): Promise<Result> {
  const { finalizers = [], namespace, name, uid } = variant.metadata;
  if (!finalizers.includes(VARIANT_FINALIZER)) return DONE;
  if (variant.spec.deletionPolicy !== "orphan" && (await stayAround(context, variant))) {
    // The cache may not know the last draft yet.
    const { downstream, elsewhere } = await observeLive(context, variant);
    const owned = [...downstream, ...elsewhere].filter(({ isOwned }) => isOwned).map(({ object }) => object);
    for (const one of owned) {
      if (!isPublished(one) && one.metadata.deletionTimestamp === undefined) await deleteDraft(context, one);
    }
    await retireRevisions(context, variant, owned.filter(isPublished));
  }
  const rest = finalizers.filter((one) => one !== VARIANT_FINALIZER);
  const body = { metadata: { uid, finalizers: rest } };
  await ignoreNotFound(context.client.patch(packageVariants, { namespace, name }, { kind: "merge", body }));
  return DONE;
}

async function stayAround({ client }: VariantContext, variant: PackageVariant): Promise<boolean> {
  const { namespace } = variant.metadata;
  const { repository } = variant.spec.downstream;
  return await surroundingsStay(client, { namespace, repository, resource: packageVariants });
}
