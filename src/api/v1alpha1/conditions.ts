import { type Static, Type } from "typebox";
import { listByKey, text, time } from "../schema/schema.ts";

/** A condition in the form of meta/v1; `Ready`, `Reconciling` and `Stalled` follow kstatus. */
export const condition = Type.Object({
  type: text("The aspect this condition tells of.", 316),
  status: Type.Enum(["True", "False", "Unknown"], { description: "Whether it holds." }),
  observedGeneration: Type.Optional(
    Type.Integer({ description: "The generation it was decided for.", format: "int64" }),
  ),
  lastTransitionTime: time("When status last changed."),
  reason: text("Why, in one CamelCase word for programs.", 1024),
  message: text("Why, for people: what is wrong, where, and what to do.", 8192),
});
export type Condition = Static<typeof condition>;

/** As many as an object may have, ours and those of others. */
export const MAX_CONDITIONS = 32;

export const conditions = listByKey(
  condition,
  "type",
  "What holds and what does not, one entry per aspect.",
  MAX_CONDITIONS,
);

export const observedGeneration = Type.Integer({
  description: "The generation of the spec that this status speaks of.",
  format: "int64",
  default: -1,
});

/**
 * kstatus: `Ready` always; `Reconciling` or `Stalled` only while they apply. `FilesValid` on every draft and proposal, and on
 * revisions that were published from one.
 */
export type ConditionType = "Ready" | "Reconciling" | "Stalled" | "FilesValid";
