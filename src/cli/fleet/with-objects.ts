import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { withObjects } from "../../core/variant-sets/object-sources.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import { ObjectReader } from "../../kube/objects/object-reader.ts";
import { readSetTargets, UnreadSourceError } from "../../kube/objects/read-targets.ts";
import { CliError } from "../cli-error.ts";

/** The set with the objects that are its targets written out, read with the user's own rights. */
export async function withObjectsOf(
  client: Pick<KubeClient, "send">,
  set: PackageVariantSet,
): Promise<PackageVariantSet> {
  const reader = new ObjectReader(client);
  try {
    const { targetsOf } = await readSetTargets(set, () => reader);
    return withObjects(set, targetsOf);
  } catch (error) {
    if (!(error instanceof UnreadSourceError)) throw error;
    if (error.problem === undefined) throw error.cause;
    throw new CliError("refused", `targets of kind ${error.source.kind}: ${error.problem}`);
  }
}
