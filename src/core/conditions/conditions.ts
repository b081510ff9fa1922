import type { Condition, ConditionType } from "../../api/conditions.ts";

/** The result of a reconcile, as kstatus tells it. */
export type Readiness =
  | { readonly state: "ready"; readonly reason: string; readonly message: string }
  /** It goes on by itself. */
  | { readonly state: "reconciling"; readonly reason: string; readonly message: string }
  /** Only a person can help. */
  | { readonly state: "stalled"; readonly reason: string; readonly message: string };

/** The condition types that are ours: others keep theirs beside them. */
export const OUR_CONDITIONS: ReadonlySet<string> = new Set<ConditionType>(["Ready", "Reconciling", "Stalled"]);
const MAX_MESSAGE = 8192;

/**
 * The conditions after a reconcile: `Ready` always, `Reconciling` or `Stalled` while it applies; those of others stay.
 * The transition time is kept while a status stays the same.
 *
 * @param now RFC 3339.
 */
export function foldConditions(
  before: readonly Condition[],
  readiness: Readiness,
  observedGeneration: number,
  now: string,
): Condition[] {
  const { state, reason } = readiness;
  const message = readiness.message.slice(0, MAX_MESSAGE);
  const make = (type: ConditionType, status: Condition["status"]): Condition => {
    const old = before.find((one) => one.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now;
    return { type, status, observedGeneration, lastTransitionTime, reason, message };
  };
  const ours = [make("Ready", state === "ready" ? "True" : "False")];
  if (state === "reconciling") ours.push(make("Reconciling", "True"));
  if (state === "stalled") ours.push(make("Stalled", "True"));
  return [...ours, ...before.filter((one) => !OUR_CONDITIONS.has(one.type))];
}
