import { packageRevisions } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { LABEL_RELEASE } from "../../api/v1alpha1/well-known.ts";
import { byName, digestOfMembers, releaseKey, releaseOf } from "../../core/release/members.ts";
import { CliError } from "../cli-error.ts";
import type { Cluster, Context } from "../context.ts";
import { printable } from "../output/printable.ts";

/** The drafts and proposals of one Repository that have the label. */
export interface Release {
  readonly name: string;
  readonly members: readonly PackageRevision[];
  /** Over its proposals, as an approval names it. */
  readonly digest: string;
}

/**
 * The release of this name in the namespace.
 * @throws CliError notFound without members; usage if several Repositories have one of that name
 */
export async function findRelease(context: Context, name: string, repository?: string): Promise<Release> {
  const cluster = await context.cluster();
  const found = (await listMembers(cluster, name)).filter(
    ({ spec }) => repository === undefined || spec.packageRevID.repository === repository,
  );
  const repositories = [...new Set(found.map(({ spec }) => spec.packageRevID.repository))].sort();
  if (repositories.length > 1) {
    throw new CliError("usage", `release ${printable(name)} is in several Repositories: ${repositories.join(", ")}`, [
      "choose one: --repo REPOSITORY",
    ]);
  }
  if (found.length > 0) return releaseFrom(name, found);
  throw new CliError(
    "notFound",
    `no draft or proposal of the namespace ${cluster.namespace} has the label ${LABEL_RELEASE}=${printable(name)}`,
    ["to see all releases: kubectl pkg get -o wide", `to put a draft into it: kubectl pkg propose PACKAGE --release`],
  );
}

/** The release that a revision is a member of, as it is now. */
export async function findReleaseOf(cluster: Cluster, revision: PackageRevision): Promise<Release | undefined> {
  const [name, key] = [releaseOf(revision), releaseKey(revision)];
  if (name === undefined || key === undefined) return undefined;
  return releaseFrom(
    name,
    (await listMembers(cluster, name)).filter((one) => releaseKey(one) === key),
  );
}

async function listMembers({ client, namespace }: Cluster, name: string): Promise<readonly PackageRevision[]> {
  // What is no value of a label is none of an object.
  if (!/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name)) {
    throw new CliError("usage", `${JSON.stringify(name)} is no name of a release: letters, digits, -, _ and . only`);
  }
  const { items } = await client.list(packageRevisions, { namespace, labelSelector: `${LABEL_RELEASE}=${name}` });
  return items.filter((one) => releaseKey(one) !== undefined);
}

function releaseFrom(name: string, found: readonly PackageRevision[]): Release {
  const members = [...found].sort(byName);
  return { name, members, digest: digestOfMembers(members) };
}
