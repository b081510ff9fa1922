import { keyOf } from "../../api/meta.ts";
import type { Membership } from "../../core/sharding/membership.ts";
import type { RepositoryReconciler } from "../repository/reconciler.ts";
import type { ControllerContext } from "../shared/context.ts";
import type { Controllers } from "../shared/watches.ts";

/** What is under way for a remote that has become another replica's may take so long to end by itself; then its git is ended. */
const ORDERLY_MS = 10_000;

/**
 * Follows who shares the work: lets go of what has become another replica's, takes up what has become our own.
 * @param onSettled told the epoch when nothing is under way any more that is not our own in it
 */
export function createRebalancer(
  operator: ControllerContext,
  parts: { readonly controllers: Controllers; readonly reconciler: RepositoryReconciler },
  onSettled: (epoch: number) => void,
): (membership: Membership) => Promise<void> {
  const { ownership, log } = operator;
  return async ({ epoch, members, draining }) => {
    if (!ownership.follow({ epoch, members, draining })) return;
    log.info("sharing the work", { replicas: Object.keys(members), epoch, draining });
    await waitAtMost(ownership.settled(), ORDERLY_MS);
    await parts.reconciler.releaseUnowned();
    await ownership.settled();
    onSettled(epoch);
    enqueueAll(operator, parts.controllers);
  };
}

/** Everything that may have become ours: what belongs to a Repository follows when that has been read. */
function enqueueAll({ repositories, revisions }: ControllerContext, controllers: Controllers): void {
  for (const one of repositories.list()) controllers.repository.enqueue(keyOf(one));
  for (const one of revisions.list()) {
    const repository = `${one.metadata.namespace}/${one.spec.packageRevID.repository}`;
    if (repositories.get(repository) === undefined) controllers.revision.enqueue(keyOf(one), { priority: "low" });
  }
}

async function waitAtMost(end: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([end, limit]).finally(() => clearTimeout(timer));
}
