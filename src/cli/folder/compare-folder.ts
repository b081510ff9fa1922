import { packageRevisions } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { compareThreeWay, type ThreeWay } from "../../core/files/three-way.ts";
import { ignoreNotFound } from "../../kube/client/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Cluster, Context } from "../context.ts";
import { type Contents, readContents } from "../packages/contents.ts";
import { digestsOf, isOfFolder, readFolder } from "./local-files.ts";
import type { FolderState } from "./state.ts";

/** A pulled folder beside its package revision, as both are now. */
export interface Comparison {
  readonly revision: PackageRevision;
  readonly contents: Contents;
  readonly local: ReadonlyMap<string, Uint8Array>;
  readonly result: ThreeWay;
}

/** Reads both sides. Throws a CliError if the folder's package revision is another one by now. */
export async function compareFolder(context: Context, dir: string, state: FolderState): Promise<Comparison> {
  const cluster = await context.cluster();
  const [revision, local] = await Promise.all([readRevision(cluster, state), readFolder(dir)]);
  const contents = await readFolderContents(context, revision);
  const result = compareThreeWay(new Map(Object.entries(state.files)), digestsOf(local), digestsOf(contents.files));
  return { revision, contents, local, result };
}

/**
 * The files of a package revision that a folder can have: not what is the folder's own there, such as its state, which
 * somebody may have committed. Such files stay as they are in the package.
 */
export async function readFolderContents(context: Context, revision: PackageRevision): Promise<Contents> {
  const contents = await readContents(context, revision);
  return { ...contents, files: new Map([...contents.files].filter(([path]) => !isOfFolder(path))) };
}

/** The package revision that a folder was pulled from. Throws a CliError if it is not there, or is another object. */
export async function readRevision({ client, server }: Cluster, state: FolderState): Promise<PackageRevision> {
  const { namespace, name } = state;
  const hints = state.server === server ? [] : [`it was pulled from ${state.server}, and this is ${server}: --context`];
  const revision = await ignoreNotFound(client.get(packageRevisions, { namespace, name }));
  if (revision === undefined) {
    throw new CliError("notFound", `${name} in the namespace ${namespace} was deleted since it was pulled`, [
      ...hints,
      "pull a package revision into a new folder, and copy your changes there",
    ]);
  }
  if (revision.metadata.uid === state.uid) return revision;
  throw new CliError("conflict", `${name} was deleted and created again since it was pulled`, [
    ...hints,
    "pull it into a new folder, and copy your changes there",
  ]);
}
