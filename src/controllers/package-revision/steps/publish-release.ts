import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { PrepareAll, PublishRequest } from "../../../core/ports/package-store.ts";
import { describeOpen, type OpenMember, waitingForRelease } from "../../../core/release/blockers.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { isTagOnly } from "../../../core/repository/tag-only.ts";
import type { ReleaseView, RevisionView } from "../../../core/revision/observation.ts";
import { planRevision } from "../../../core/revision/plan.ts";
import { inBatches } from "../../../storage/git/in-batches.ts";
import { observe } from "../observe.ts";
import type { RevisionScope } from "../scope.ts";
import { writeStatus } from "../status.ts";
import { approverBlocker } from "./approver-rights.ts";
import { closeWithdrawal, type Preparation, preparePublication, voidProposal } from "./prepare-publication.ts";
import { completePublication } from "./publish.ts";
import { readinessOfBlocker, resultWithBlocker, type StepResult } from "./step.ts";

/** Status writes at the same time. */
const MAX_CONCURRENT_WRITES = 8;

interface Member {
  readonly scope: RevisionScope;
  readonly draft: DraftBranch;
  readonly commit: string;
}

/** Why nothing was published: a member, and what became of its preparation. */
interface Refusal {
  readonly member: Member;
  readonly why: Preparation;
}

/**
 * Publishes the approved proposals of a release in one push, or none. The reconcile must be exclusive. Completes
 * the objects of its own member; the others find their tags.
 */
export async function publishRelease(given: RevisionScope, release: ReleaseView): Promise<StepResult> {
  const members: Member[] = [];
  const held: OpenMember[] = [];
  for (const object of release.members) {
    const found = await observeMember(given, object, { ...release, isBeingPublished: true });
    if ("state" in found) held.push(found);
    else members.push(found);
  }
  if (held.length > 0) return waitFor(describeOpen(release, held));
  const closed = await inBatches(members, MAX_CONCURRENT_WRITES, async (one) => ({
    ...one,
    scope: { ...one.scope, object: await closeWithdrawal(one.scope, one.scope.object === given.object) },
  }));
  const { store } = given;
  const { value: refusal } = await given.releaseWorkerWhile(async () => {
    if (!isTagOnly(given.observation.repository)) await store.startMain(given.object);
    return await store.publishTogether(
      closed.map(({ scope }) => scope.object),
      prepareRelease(closed),
    );
  });
  const own = closed.find(({ scope }) => keyOf(scope.object) === keyOf(given.object))?.scope ?? given;
  return refusal === undefined ? await completePublication(own) : await reportRefusal(own, refusal);
}

/** A member as it is now, decided on as if it was published alone; or what holds it back. */
async function observeMember(
  given: RevisionScope,
  object: PackageRevision,
  release: ReleaseView,
): Promise<Member | OpenMember> {
  const { dependencies, contents, admit } = given;
  const isOwn = object === given.object;
  const observed = isOwn ? given.observation : await observe(dependencies, contents, object, admit);
  const observation = { ...observed, release };
  const scope = { ...given, object, observation };
  const plan = planRevision(observation);
  const blocker =
    plan.kind === "publish"
      ? await approverBlocker(scope, { byRule: false })
      : "blocker" in plan
        ? plan.blocker
        : undefined;
  if (plan.kind === "publish" && blocker === undefined) return { scope, draft: plan.draft, commit: plan.commit };
  const why = blocker === undefined ? plan.kind : `${blocker.reason}: ${blocker.message}`;
  return { name: object.metadata.name, state: `is held back (${why})` };
}

/** All requests, or the first member that cannot be published on the present state. */
function prepareRelease(members: readonly Member[]): PrepareAll<PublishRequest, Refusal | undefined> {
  return async (views) => {
    const requests: { view: RevisionView; request: PublishRequest }[] = [];
    for (const [index, member] of members.entries()) {
      const view = views[index];
      if (view === undefined) throw new Error("a member of the release was not observed");
      const prepared = await preparePublication(member.scope, member.draft, member.commit, view);
      if (prepared.kind === "abort") return { kind: "abort", value: { member, why: prepared.value } };
      requests.push({ view, request: prepared.request });
    }
    return { kind: "write", request: requests, value: undefined };
  };
}

/** A proposal that is void returns to draft, whichever member it is: its own reconcile would not find out. */
async function reportRefusal(own: RevisionScope, { member, why }: Refusal): Promise<StepResult> {
  if (why === "approved" || why === "superseded") return await completePublication(own);
  const voided = await voidProposal(member.scope, why);
  if (keyOf(member.scope.object) === keyOf(own.object)) return voided;
  await writeStatus(own.dependencies, member.scope.object, [voided]);
  return waitFor(`${member.scope.object.metadata.name} is no proposal any more`);
}

function waitFor(message: string): StepResult {
  const blocker = waitingForRelease(message);
  return resultWithBlocker(blocker, {}, readinessOfBlocker(blocker));
}
