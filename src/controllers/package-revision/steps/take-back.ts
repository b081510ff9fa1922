import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import { ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { changeByOthers, type DraftChange, unrecordedChanges } from "../../../core/revision/unrecorded-changes.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { prefixesOf, type RevisionScope } from "../scope.ts";
import { readLive } from "./finalize.ts";
import { isGateProgram } from "./gate-program.ts";
import { resetDesiredLifecycle } from "./return-to-draft.ts";
import { cutReturnMessage, NOT_RETURNED, returnedReady } from "./returned-draft.ts";
import type { StepResult } from "./step.ts";

/**
 * Takes a request to propose back if other users than the proposer changed the draft since the operator last
 * acknowledged a change: the request was for the files and the spec that there were. Called before anything is
 * acknowledged: what is acknowledged while no request is live precedes it, everything else may follow it. The changes
 * become those of a draft with the next reconcile.
 *
 * Undefined: there is no request, or it stands. Reads the live object if the cached one has no request and there are
 * changes.
 */
export async function takeBackRequest(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
): Promise<StepResult | undefined> {
  const changes = unrecordedChanges(scope.object, draft, pages, prefixesOf(scope));
  if (changes.length === 0) return undefined;
  const object = isRequested(scope.object) ? scope.object : await readLive(scope.dependencies, scope.object);
  if (object === undefined || !isRequested(object)) return undefined;
  const proposer = object.metadata.annotations?.[ANNOTATION_PROPOSED_BY];
  const change = changeByOthers(await withoutGates(scope, changes), proposer);
  if (change === undefined) return undefined;
  // A push is the last of the changes.
  if (change.isPush === true && (await isAsShown(scope, view, draft, pages))) return undefined;
  const takenBack = cutReturnMessage(describe(change, proposer));
  return {
    object: await resetDesiredLifecycle({ ...scope, object }),
    status: { ...NOT_RETURNED, takenBack, waitingFor: undefined },
    readiness: returnedReady("ProposalTakenBack", takenBack),
    again: true,
  };
}

/** An approval of what is not proposed yet, which admission refuses, does not end the request. */
function isRequested({ spec }: PackageRevision): boolean {
  return spec.lifecycle === "proposed" || spec.lifecycle === "published";
}

function describe({ by, isPush, what }: DraftChange, proposer: string | undefined): string {
  const who = by ?? (isPush === true ? "an external client" : "a user who is not recorded");
  return (
    `${who} ${what} after ${proposer ?? "a user who is not recorded"} asked to propose it: review the draft, then ` +
    "propose it again"
  );
}

/**
 * True for the operator's own commit with exactly the files that the contents show: of a request to propose, pushed
 * right before an interruption, where an earlier one had kept the commit of these files out of the package revision's
 * status. Reads the package of the commit that is shown.
 */
async function isAsShown(
  { store, admit }: RevisionScope,
  view: RevisionView,
  { trailers }: DraftBranch,
  pages: readonly PackageRevisionResources[],
): Promise<boolean> {
  const [shown, ...others] = new Set(pages.map(({ status }) => status?.commit));
  if (trailers?.digest === undefined || shown === undefined || others.length > 0) return false;
  if (!(await store.hasCommit(shown))) return false;
  return (await digestOf((await store.readCommit(view, shown, admit)).files)) === trailers.digest;
}

/** Programs whose gates the proposal waits for write their results into the draft. */
async function withoutGates(scope: RevisionScope, changes: readonly DraftChange[]): Promise<readonly DraftChange[]> {
  const users = new Set(changes.flatMap(({ by }) => by ?? []));
  const gates = new Set<string>();
  for (const user of users) if (await isGateProgram(scope, user)) gates.add(user);
  return changes.filter(({ by }) => by === undefined || !gates.has(by));
}
