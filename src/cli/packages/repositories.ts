import { repositories } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ignoreNotFound, isForbidden } from "../../kube/client/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Cluster, Context } from "../context.ts";
import { nearestWords } from "../names/nearest.ts";

/**
 * The Repository of this name; without a name the only one of the namespace that fits.
 * @throws CliError notFound; usage if several fit
 */
export async function findRepository(
  context: Context,
  name: string | undefined,
  fits: (repository: Repository) => boolean = () => true,
): Promise<Repository> {
  const { client, namespace } = await context.cluster();
  if (name !== undefined) {
    const named = await ignoreNotFound(client.get(repositories, { namespace, name }));
    if (named !== undefined) return named;
  }
  const { items } = await client.list(repositories, { namespace });
  const names = items.map(({ metadata }) => metadata.name);
  if (name !== undefined) {
    const [near] = nearestWords(name, names);
    throw new CliError("notFound", `there is no Repository ${JSON.stringify(name)} in the namespace ${namespace}`, [
      near === undefined ? "to see all: kubectl pkg repo list" : `did you mean ${near}?`,
    ]);
  }
  const fitting = items.filter(fits);
  const [only, second] = fitting;
  if (only === undefined) throw new CliError("notFound", `the namespace ${namespace} has no Repository for it`);
  if (second === undefined) return only;
  const choices = fitting.map(({ metadata }) => metadata.name).join(", ");
  throw new CliError("usage", `several Repositories could have it: ${choices}`, ["name one with --repo"]);
}

/** The Repository of a package revision; undefined if it is gone, or the user may not read it. */
export async function readRepositoryOf(
  { client }: Cluster,
  { metadata, spec }: PackageRevision,
): Promise<Repository | undefined> {
  const key = { namespace: metadata.namespace, name: spec.packageRevID.repository };
  try {
    return await ignoreNotFound(client.get(repositories, key));
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
