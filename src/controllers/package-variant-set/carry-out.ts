import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { ANNOTATION_CHANGED_BY, ANNOTATION_ROLLED_OUT, VARIANT_FINALIZER } from "../../api/v1alpha1/well-known.ts";
import { recordedNames } from "../../core/identity/recorded-names.ts";
import type { FailedTarget, SetPlan } from "../../core/variant-sets/set-plan.ts";
import { ignoreNotFound, isAlreadyExists, isConflict, isRefused } from "../../kube/client/errors.ts";
import { forEachLimited } from "../shared/for-each.ts";
import { packageVariantSets, packageVariants } from "../shared/kinds.ts";
import type { SetContext } from "./context.ts";

const MAX_CONCURRENT = 16;

/**
 * Creates, changes and deletes variants. Returns the targets that the API server refuses: one bad target stops no other
 * one, and neither does one that has changed since: its Conflict is thrown when all others are done. Throws any other
 * error after all that was begun has ended.
 */
export async function carryOut(
  context: SetContext,
  set: PackageVariantSet,
  plan: SetPlan,
): Promise<readonly FailedTarget[]> {
  const failed: FailedTarget[] = [];
  let conflict: unknown;
  const tryTo = async (target: string, write: () => Promise<unknown>) => {
    try {
      await write();
    } catch (error) {
      if (isConflict(error)) {
        conflict = error;
        return;
      }
      if (!isRefused(error)) throw error;
      failed.push({ target, reason: "VariantRefused", message: error.message });
    }
  };
  await forEachLimited(plan.create, MAX_CONCURRENT, async (one) => {
    await tryTo(one.name, async () => await create(context, set, one, failed));
  });
  await forEachLimited(plan.change, MAX_CONCURRENT, async (one) => {
    await tryTo(one.variant.metadata.name, async () => await change(context, set, one));
  });
  await forEachLimited(plan.remove, MAX_CONCURRENT, async ({ metadata: { namespace, name, uid } }) => {
    const preconditions = uid === undefined ? {} : { uid };
    await tryTo(name, async () => {
      await ignoreNotFound(context.client.delete(packageVariants, { namespace, name }, { preconditions }));
    });
  });
  if (conflict !== undefined) throw conflict;
  return failed;
}

async function create(
  { client }: SetContext,
  set: PackageVariantSet,
  { name, spec, record }: SetPlan["create"][number],
  failed: FailedTarget[],
): Promise<void> {
  const { namespace, annotations, uid = "" } = set.metadata;
  const changers = annotations?.[ANNOTATION_CHANGED_BY];
  const owner = {
    apiVersion: `${packageVariantSets.group}/${packageVariantSets.version}`,
    kind: packageVariantSets.kind,
    name: set.metadata.name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  const own = {
    ...(changers !== undefined && { [ANNOTATION_CHANGED_BY]: changers }),
    ...(record !== undefined && { [ANNOTATION_ROLLED_OUT]: record }),
  };
  const metadata = {
    name,
    namespace,
    ownerReferences: [owner],
    // Its controller would add it with one more write.
    finalizers: [VARIANT_FINALIZER],
    ...(Object.keys(own).length > 0 && { annotations: own }),
  };
  try {
    await client.create(packageVariants, { apiVersion: "", kind: packageVariants.kind, metadata, spec });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const found = await ignoreNotFound(client.get(packageVariants, { namespace, name }));
    // The cache does not have it yet.
    if (found === undefined || found.metadata.ownerReferences?.some((one) => one.uid === uid)) return;
    const message = `PackageVariant ${name} is there, and not this set's: delete it, or name the target otherwise`;
    failed.push({ target: name, reason: "VariantExists", message });
  }
}

/** Whoever has changed the set has changed its variants. Throws `ApiError` Conflict if one has changed since. */
async function change(
  { client }: SetContext,
  set: PackageVariantSet,
  { variant, spec, record }: SetPlan["change"][number],
): Promise<void> {
  const { metadata } = variant;
  const namesOf = ({ annotations }: PackageVariant["metadata"]) => recordedNames(annotations?.[ANNOTATION_CHANGED_BY]);
  const isNamed = metadata.annotations?.[ANNOTATION_CHANGED_BY] !== undefined;
  const ofSet = namesOf(set.metadata);
  // A record that lacks names must not look complete.
  const names =
    isNamed && ofSet.length > 0 ? [...namesOf(metadata).filter((one) => !ofSet.includes(one)), ...ofSet] : [];
  const { [ANNOTATION_CHANGED_BY]: _before, [ANNOTATION_ROLLED_OUT]: former, ...others } = metadata.annotations ?? {};
  // Without a rollout there is nothing to go back to.
  const rolledOut = set.spec.rollout === undefined ? undefined : (record ?? former);
  const annotations = {
    ...others,
    ...(names.length > 0 && { [ANNOTATION_CHANGED_BY]: names.join("\n") }),
    ...(rolledOut !== undefined && { [ANNOTATION_ROLLED_OUT]: rolledOut }),
  };
  await client.update(packageVariants, { ...variant, metadata: { ...metadata, annotations }, spec });
}
