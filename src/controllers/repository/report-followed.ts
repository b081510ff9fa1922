import { keyOf } from "../../api/meta.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { OUR_CONDITIONS } from "../../core/conditions/conditions.ts";
import { patchStatus } from "../../kube/patch-status.ts";
import { repositories } from "../shared/kinds.ts";
import type { RepositoryContext } from "./context.ts";

/**
 * Writes how far main was followed to the status of Repositories that does not have it yet. For the end of the process:
 * the disk, which has it, may go with the Pod. Failures are logged.
 */
export async function reportFollowed(
  context: Pick<RepositoryContext, "client" | "log" | "ownership" | "registry" | "repositories">,
): Promise<void> {
  const { client, log, ownership, registry } = context;
  const report = async (repository: Repository) => {
    const commit = registry.get(keyOf(repository))?.store.followed;
    if (commit === undefined || commit === repository.status?.commit || !ownership.ownsRepository(repository)) return;
    try {
      await patchStatus(client, repositories, repository, { commit }, OUR_CONDITIONS);
    } catch (error) {
      log.warn("the last commit of main cannot be reported", { repository: keyOf(repository), error });
    }
  };
  await Promise.all(context.repositories.list().map(report));
}
