import type { Condition } from "../../api/v1alpha1/conditions.ts";
import { formatAge } from "./age.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";

/** Conditions with their messages, which say what to do. */
export function formatConditions(
  conditions: readonly Condition[] | undefined,
  style: Style,
  now: number,
): readonly string[] {
  return (conditions ?? []).map((one) => formatCondition(one, style, now));
}

function formatCondition({ type, status, reason, message, lastTransitionTime }: Condition, style: Style, now: number) {
  const isGood = (status === "True") === !["Stalled", "Reconciling"].includes(type);
  const state = (isGood ? style.green : status === "Unknown" ? style.yellow : style.red)(`${type}=${status}`);
  const text = message === "" ? "" : `\n    ${printable(message).replaceAll("\n", "\n    ")}`;
  // The time is of the status: the reason may be newer.
  const since = style.dim(`for ${formatAge(lastTransitionTime, now)}`);
  return `  ${state} ${since}: ${printable(reason)}${text}`;
}
