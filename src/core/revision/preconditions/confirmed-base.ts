import { ANNOTATION_CONFIRM_BASE, ANNOTATION_CONFIRMED_BY } from "../../../api/v1alpha1/well-known.ts";
import { asRecorded } from "../../identity/recorded-names.ts";
import type { Observation } from "../observation.ts";
import { FOUR_EYES_REQUIREMENT, involvedUsers, requiresFourEyes } from "./four-eyes.ts";

/** The revisions and commits that an approver has confirmed. */
export interface ConfirmedBase {
  /** Empty if the confirmation does not count. */
  readonly values: readonly string[];
  /** Continues a message that asks for a confirmation: why the present one does not count. */
  readonly voided: string;
}

/** Under four eyes, a confirmation by a user who proposed, edited or changed the draft does not count. */
export function confirmedBase(observation: Observation): ConfirmedBase {
  const value = observation.object.metadata.annotations?.[ANNOTATION_CONFIRM_BASE] ?? "";
  const values = value.split(/[,\s]+/).filter((one) => one !== "");
  const problem = values.length === 0 ? undefined : confirmerProblem(observation);
  if (problem === undefined) return { values, voided: "" };
  const voided =
    `; the annotation that is there does not count, since ${problem}, and ${FOUR_EYES_REQUIREMENT}: another approver ` +
    `sets both ${ANNOTATION_CONFIRM_BASE} and, with their own name, ${ANNOTATION_CONFIRMED_BY}`;
  return { values: [], voided };
}

function confirmerProblem(observation: Observation): string | undefined {
  if (!requiresFourEyes(observation)) return undefined;
  const by = observation.object.metadata.annotations?.[ANNOTATION_CONFIRMED_BY] ?? "";
  if (by === "") return "nobody knows who set it";
  const isInvolved = involvedUsers(observation).includes(asRecorded(by));
  return isInvolved ? `${by}, who set it, proposed, edited or changed this package revision` : undefined;
}
