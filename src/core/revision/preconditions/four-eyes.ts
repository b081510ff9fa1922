import type { Proposal } from "../../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_CHANGED_BY, ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import { asRecorded, recordedNames } from "../../identity/recorded-names.ts";
import type { Blocker, Observation } from "../observation.ts";

export const FOUR_EYES_REQUIREMENT = "the Repository requires another approver (spec.approval.fourEyes)";

export function requiresFourEyes({ repository }: Observation): boolean {
  return repository?.spec.approval?.fourEyes === true;
}

/** Who proposed, edited, or changed spec, labels or annotations, as `asRecorded` has their names. */
export function involvedUsers({ object, editors }: Observation): readonly string[] {
  const proposer = object.status?.proposal?.by;
  const changers = recordedNames(object.metadata.annotations?.[ANNOTATION_CHANGED_BY]);
  return [...(proposer === undefined ? [] : [asRecorded(proposer)]), ...editors, ...changers];
}

/** Under four eyes, the approver has neither proposed it, nor edited its files, nor changed what else is published. */
export function fourEyesBlocker(observation: Observation, proposal: Proposal): Blocker | undefined {
  const { object, hasUnknownEditors } = observation;
  if (!requiresFourEyes(observation)) return undefined;
  const block = (message: string): Blocker => ({ reason: "FourEyes", message, kind: "stalled" });
  const by = object.spec.approval?.by;
  if (by === undefined) return block(`the approver is not known, and ${FOUR_EYES_REQUIREMENT}: approve it again`);
  // First: to be named as the proposer would not help.
  if (object.status?.attribution !== "Complete" || hasUnknownEditors === true) {
    return block(
      `not everybody who created, changed or edited it is known, and ${FOUR_EYES_REQUIREMENT}: create a new ` +
        "package revision with these files; what was changed without a name, or before the Repository required " +
        "another approver, stays unknown",
    );
  }
  if (proposal.by === undefined) {
    return block(
      `the proposer is not known, and ${FOUR_EYES_REQUIREMENT}: return the proposal to draft, then propose it ` +
        `again, with the annotation ${ANNOTATION_PROPOSED_BY} where the API server does not set it`,
    );
  }
  if (involvedUsers(observation).includes(asRecorded(by))) {
    return block(`${by} proposed, edited or changed this package revision: ${FOUR_EYES_REQUIREMENT}`);
  }
  return undefined;
}

/**
 * Admission compared the user who deletes with the proposer only if status said that four eyes are required. If the
 * Repository requires them since, the deletion counts as one by the proposer alone: the revision stays in Git, and its
 * object comes back.
 */
export function unreviewedDeletionBlocker(observation: Observation): Blocker | undefined {
  const isReviewed = observation.object.status?.deletionProposal?.fourEyes === true;
  if (!requiresFourEyes(observation) || isReviewed) return undefined;
  const message =
    "it was deleted before the Repository's demand for another user (spec.approval.fourEyes) was known here: it stays " +
    "in Git and is shown again; propose the deletion, and let another user carry it out";
  return { reason: "FourEyes", message, kind: "stalled" };
}
