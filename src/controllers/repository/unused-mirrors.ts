import { parseRemoteUrl } from "../../core/identity/url.ts";
import type { RepositoryContext } from "./context.ts";

/**
 * Removes from disk the mirrors of Repositories that were deleted or have another URL or Secret now. Requires that all
 * Repositories have been listed.
 */
export async function removeUnusedMirrors({
  mirrors,
  repositories,
  allowedTransports,
}: RepositoryContext): Promise<void> {
  await mirrors.removeUnused((id) =>
    repositories
      .byIndex("mirror", id)
      .some(({ spec }) => !("problem" in parseRemoteUrl(spec.git?.url ?? "", allowedTransports))),
  );
}
