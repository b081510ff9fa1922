import type { KubeObject } from "../../api/meta.ts";
import { repositories } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Cluster } from "../context.ts";
import { waitsForUser } from "./approvals.ts";
import { findMine } from "./mine.ts";

/**
 * Tells the proposals that wait for an approval that the user could give: under four eyes not of what they created,
 * changed, edited or proposed. Lists Repositories, and metadata of contents objects, once.
 * @param namespace all namespaces if undefined
 */
export async function findNeeded(
  cluster: Cluster,
  namespace: string | undefined,
): Promise<(revision: KubeObject) => boolean> {
  const [me, isMine, { items }] = await Promise.all([
    cluster.me(),
    findMine(cluster, namespace),
    cluster.client.list(repositories, { namespace }),
  ]);
  const strict = items.filter(({ spec }) => spec.approval?.fourEyes === true);
  const keys = new Set(strict.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  return (one) => {
    const revision = one as PackageRevision;
    if (!waitsForUser(revision, me)) return false;
    const key = `${revision.metadata.namespace}/${revision.spec.packageRevID.repository}`;
    return !keys.has(key) || !isMine(revision);
  };
}
