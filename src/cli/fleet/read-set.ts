import { packageVariantSets } from "../../api/resources.ts";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { readInputs } from "../settings/read-inputs.ts";

/**
 * The set of a manifest, as the API server would store it: with its defaults, and with the uid of the one that is
 * there. Nothing is stored. Throws a CliError for a file with anything else, and the refusal of the API server.
 */
export async function readSet(context: Context, file: string): Promise<PackageVariantSet> {
  const [read, ...others] = await readInputs(context, [file]);
  const { kind, metadata } = (read?.object ?? {}) as Partial<PackageVariantSet>;
  if (read === undefined || others.length > 0 || kind !== packageVariantSets.kind) {
    throw new CliError("usage", `${file} is not the manifest of one PackageVariantSet`);
  }
  const { client, namespace } = await context.cluster();
  const key = { namespace, name: metadata?.name ?? "" };
  const body = { ...read.object, metadata: { ...metadata, namespace } };
  return await client.patch(packageVariantSets, key, { kind: "apply", body, force: true }, { dryRun: true });
}
