import type { Repository } from "../../api/v1alpha1/repository.ts";
import { parseRemoteUrl, type RemoteUrl } from "../../core/identity/url.ts";
import type { RepositoryContext } from "./context.ts";
import type { MirrorIdentity } from "./mirror-pool.ts";

export function identityOf({ metadata, spec }: Repository, { url }: RemoteUrl): MirrorIdentity {
  return { namespace: metadata.namespace, url, credentials: spec.git?.credentials ?? "" };
}

/**
 * Removes from disk the mirrors of Repositories that were deleted or have another URL or Secret now. Requires that all
 * Repositories have been listed.
 */
export async function removeUnusedMirrors({
  mirrors,
  repositories,
  allowedTransports,
}: RepositoryContext): Promise<void> {
  const used = repositories.list().flatMap((repository) => {
    const remote = parseRemoteUrl(repository.spec.git?.url ?? "", allowedTransports);
    return "problem" in remote ? [] : [identityOf(repository, remote)];
  });
  await mirrors.removeUnused(used);
}
