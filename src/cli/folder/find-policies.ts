import { packageRevisions } from "../../api/resources.ts";
import type { ValidationOptions } from "../../core/validation/validate-package.ts";
import { ignoreNotFound } from "../../kube/client/errors.ts";
import type { Context } from "../context.ts";
import { findRepository } from "../packages/repositories.ts";
import { readPolicies } from "./read-policies.ts";
import type { FolderState } from "./state.ts";

export interface PolicySources {
  /** Each a file that the user named. */
  readonly files: readonly string[];
  /** The name of a Repository in the cluster. */
  readonly repository: string | undefined;
  /** Of a folder that was pulled. */
  readonly state: FolderState | undefined;
}

/** The policies of files, then those of a Repository, and what they may know of a package that was pulled. */
export async function findPolicies(
  context: Context,
  { files, repository, state }: PolicySources,
): Promise<Pick<ValidationOptions, "policies" | "facts">> {
  const lists = await Promise.all(files.map(async (file) => await readPolicies(context.cwd, file)));
  const given = lists.flat();
  if (repository === undefined) return { policies: given };
  const { spec } = await findRepository(context, repository);
  return { policies: [...given, ...(spec.policies ?? [])], ...(await factsOf(context, state)) };
}

/** Nothing for a folder that was not pulled, or from another cluster. */
async function factsOf(context: Context, state: FolderState | undefined): Promise<Pick<ValidationOptions, "facts">> {
  const { client, server } = await context.cluster();
  if (state === undefined || state.server !== server) return {};
  const { namespace, name } = state;
  const pulled = await ignoreNotFound(client.get(packageRevisions, { namespace, name }));
  if (pulled === undefined || pulled.metadata.uid !== state.uid) return {};
  return { facts: { packageRevID: pulled.spec.packageRevID, labels: pulled.metadata.labels ?? {} } };
}
