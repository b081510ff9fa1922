import { packageVariantSets } from "../../api/resources.ts";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { fieldSelector } from "../../kube/client/field-selector.ts";
import type { Context } from "../context.ts";
import { watchObjects } from "../output/watch-table.ts";
import { describeRollout } from "./describe-set.ts";

/** Prints a line for each change of how far the rollout of a set is, until the process ends or the watch fails. */
export async function watchRollout(context: Context, set: PackageVariantSet): Promise<void> {
  const { namespace, name, resourceVersion } = set.metadata;
  let shown = describeRollout(set.status?.rollout);
  const options = { namespace, fieldSelector: fieldSelector({ "metadata.name": name }), resourceVersion };
  await watchObjects(context, packageVariantSets, options, (object) => {
    const line = describeRollout((object as PackageVariantSet).status?.rollout);
    if (object.metadata.name === name && line !== undefined && line !== shown) {
      context.print(context.style.bold(line));
      shown = line;
    }
    return object.metadata.resourceVersion;
  });
}
