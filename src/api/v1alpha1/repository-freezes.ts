import { type Static, Type } from "typebox";
import { DNS_LABEL, durationBetween, listByKey, text } from "../schema/schema.ts";
import { schedule, timeZone } from "./rollout.ts";

const freeze = Type.Object({
  name: text("The name of the freeze, for messages.", 63, { minLength: 1, pattern: DNS_LABEL }),
  schedule: schedule("When the freeze begins"),
  duration: text(
    "How long it lasts, as a Go duration from 1s to 8760h.",
    32,
    durationBetween("1s", "8760h", "freezes[].duration must be a duration between 1s and 8760h, such as 62h"),
  ),
  timeZone: Type.Optional(timeZone),
});

export const freezes = listByKey(
  freeze,
  "name",
  "Times in which nothing is published, unless an approver with the right to override-freeze says why " +
    "(overrideFreeze of the approval). Approvals that are given meanwhile wait for the end.",
  16,
);

export type Freeze = Static<typeof freeze>;
