import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { changesRelease } from "../../../core/release/blockers.ts";
import { byName, MAX_MEMBERS, releaseKey } from "../../../core/release/members.ts";
import type { Lister } from "../../../kube/informer/indexer.ts";
import type { Controller } from "../../../runtime/controller.ts";
import type { RevisionIndex } from "../indexes.ts";

/** Messages of the other members of a release are this late, so that each is not written for each approval. */
const MEMBERS_DELAY_MS = 1000;

/** The member that publishes a release is reconciled at once, the others some time after a row of changes. */
export function enqueueMembers(
  lister: Pick<Lister<PackageRevision, RevisionIndex>, "byIndex">,
  controller: Pick<Controller, "enqueue">,
  next: PackageRevision | undefined,
  previous: PackageRevision | undefined,
): void {
  if (!changesRelease(next, previous)) return;
  const keys = new Set([next, previous].flatMap((one) => (one && releaseKey(one)) ?? []));
  for (const key of keys) {
    const members = lister.byIndex("release", key).slice(0, MAX_MEMBERS + 1);
    const publisher = members.reduce<PackageRevision | undefined>(
      (first, one) => (first !== undefined && byName(first, one) < 0 ? first : one),
      undefined,
    );
    for (const one of members) {
      controller.enqueue(keyOf(one), one === publisher ? {} : { priority: "low", afterMs: MEMBERS_DELAY_MS });
    }
  }
}
