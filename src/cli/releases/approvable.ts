import { selfSubjectAccessReviews } from "../../api/resources.ts";
import { type PackageRevision, PKG_GROUP } from "../../api/v1alpha1/package-revision.ts";
import type { Cluster } from "../context.ts";

/** Requests at the same time. */
const MAX_CONCURRENT = 8;

/** The revisions that the user may not approve. One request if all may be; else one for each as well. */
export async function listForbidden(
  cluster: Cluster,
  revisions: readonly PackageRevision[],
): Promise<readonly PackageRevision[]> {
  if (await mayApprove(cluster)) return [];
  const forbidden: PackageRevision[] = [];
  for (let at = 0; at < revisions.length; at += MAX_CONCURRENT) {
    const some = revisions.slice(at, at + MAX_CONCURRENT);
    const allowed = await Promise.all(some.map(({ metadata }) => mayApprove(cluster, metadata.name)));
    forbidden.push(...some.filter((_, index) => !allowed[index]));
  }
  return forbidden;
}

async function mayApprove({ client, namespace }: Cluster, name?: string): Promise<boolean> {
  const resourceAttributes = {
    ...{ namespace, verb: "update", group: PKG_GROUP, resource: "packagerevisions", subresource: "approval" },
    ...(name !== undefined && { name }),
  };
  const { status } = await client.create(selfSubjectAccessReviews, { metadata: {}, spec: { resourceAttributes } });
  return status?.allowed === true;
}
