import { type Static, Type } from "typebox";
import { listByKey, text, time } from "../schema/schema.ts";

/** A condition in the form of meta/v1; `Ready`, `Reconciling` and `Stalled` follow kstatus. */
export const condition = Type.Object({
  type: text("The aspect that the condition describes.", 316),
  status: Type.Enum(["True", "False", "Unknown"], { description: "The status of the condition." }),
  observedGeneration: Type.Optional(
    Type.Integer({ description: "The generation of the spec that the condition is about.", format: "int64" }),
  ),
  lastTransitionTime: time("The time of the last change of status."),
  reason: text("The reason of the status, in CamelCase, for programs.", 1024),
  message: text("The reason in sentences: what is wrong, where, and what to do.", 8192),
});
export type Condition = Static<typeof condition>;

/** The limit of conditions of an object, our own and those of other programs. */
export const MAX_CONDITIONS = 32;

export const conditions = listByKey(
  condition,
  "type",
  "The state of the object, one entry per aspect.",
  MAX_CONDITIONS,
);

export const observedGeneration = Type.Integer({
  description: "The generation of the spec that this status is about.",
  format: "int64",
  default: -1,
});

/**
 * kstatus: `Ready` always; `Reconciling` or `Stalled` only while they apply. `FilesValid`, `Rendered` and `Validated`
 * on every draft and proposal, and on revisions that were published from one; `Scheduled` on those with that gate.
 */
export type ConditionType = "Ready" | "Reconciling" | "Stalled" | "FilesValid" | "Rendered" | "Validated" | "Scheduled";
