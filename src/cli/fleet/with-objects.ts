import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { canonicalJson } from "../../core/identity/canonical-json.ts";
import { objectSources, withObjects } from "../../core/variant-sets/object-sources.ts";
import type { Target } from "../../core/variant-sets/targets.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import { NotServedError, ObjectReader, TooManyObjectsError } from "../../kube/objects/object-reader.ts";
import { readTargets } from "../../kube/objects/read-targets.ts";
import { CliError } from "../cli-error.ts";

/** The set with the objects that are its targets written out, read with the user's own rights. */
export async function withObjectsOf(
  client: Pick<KubeClient, "send">,
  set: PackageVariantSet,
): Promise<PackageVariantSet> {
  const found = new Map<string, readonly Target[]>();
  const reader = new ObjectReader(client);
  for (const source of objectSources(set)) {
    try {
      found.set(canonicalJson(source), await readTargets(reader, set.metadata.namespace ?? "", source));
    } catch (error) {
      if (!(error instanceof NotServedError || error instanceof TooManyObjectsError)) throw error;
      throw new CliError("refused", `targets of kind ${source.kind}: ${error.message}`);
    }
  }
  return withObjects(set, (source) => found.get(canonicalJson(source)) ?? []);
}
