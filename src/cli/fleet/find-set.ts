import type { KubeObject } from "../../api/meta.ts";
import { packageVariantSets } from "../../api/resources.ts";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { ignoreNotFound } from "../../kube/client/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { nearestWords } from "../names/nearest.ts";

/** The PackageVariantSet of this name. @throws CliError notFound */
export async function findSet(context: Context, name: string): Promise<PackageVariantSet> {
  const { client, namespace } = await context.cluster();
  const found = await ignoreNotFound(client.get(packageVariantSets, { namespace, name }));
  if (found !== undefined) return found;
  const { items } = await client.list(packageVariantSets, { namespace });
  const [near] = nearestWords(
    name,
    items.map(({ metadata }) => metadata.name),
  );
  const hint = near === undefined ? `to see all: ${context.program} fleet list` : `did you mean ${near}?`;
  throw new CliError(
    "notFound",
    `there is no PackageVariantSet ${JSON.stringify(name)} in the namespace ${namespace}`,
    [hint],
  );
}

/** True for a variant of the set. */
export function isOfSet(set: PackageVariantSet, { metadata }: KubeObject): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid !== undefined && uid === set.metadata.uid) === true;
}
