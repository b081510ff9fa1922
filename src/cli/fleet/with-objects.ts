import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { canonicalJson, JsonTooDeepError } from "../../core/identity/canonical-json.ts";
import { objectSources, withObjects } from "../../core/variant-sets/object-sources.ts";
import type { Target } from "../../core/variant-sets/targets.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import { NotServedError, ObjectReader, TooManyObjectsError } from "../../kube/objects/object-reader.ts";
import { newTargetBudget, readTargets } from "../../kube/objects/read-targets.ts";
import { CliError } from "../cli-error.ts";

/** The set with the objects that are its targets written out, read with the user's own rights. */
export async function withObjectsOf(
  client: Pick<KubeClient, "send">,
  set: PackageVariantSet,
): Promise<PackageVariantSet> {
  const found = new Map<string, readonly Target[]>();
  const reader = new ObjectReader(client);
  const budget = newTargetBudget();
  for (const source of objectSources(set)) {
    try {
      const { targets } = await readTargets(reader, set.metadata.namespace ?? "", source, budget);
      found.set(canonicalJson(source), targets);
    } catch (error) {
      const isKnown = [NotServedError, TooManyObjectsError, JsonTooDeepError].some((one) => error instanceof one);
      if (!isKnown || !(error instanceof Error)) throw error;
      throw new CliError("refused", `targets of kind ${source.kind}: ${error.message}`);
    }
  }
  return withObjects(set, (source) => found.get(canonicalJson(source)) ?? []);
}
