import type { Condition, ConditionType } from "../../api/v1alpha1/conditions.ts";
import { describeReport, type FileReport } from "../validation/file-report.ts";

/** The result of a reconcile, as kstatus tells it. */
export type Readiness =
  | { readonly state: "ready"; readonly reason: string; readonly message: string }
  /** It goes on by itself. */
  | { readonly state: "reconciling"; readonly reason: string; readonly message: string }
  /** Only a person can help. */
  | { readonly state: "stalled"; readonly reason: string; readonly message: string };

/** The condition types that are ours: others keep theirs beside them. */
export const OUR_CONDITIONS: ReadonlySet<string> = new Set<ConditionType>([
  "Ready",
  "Reconciling",
  "Stalled",
  "WellFormed",
]);
const MAX_MESSAGE = 8192;

/**
 * The conditions after a reconcile: `Ready` always, `Reconciling` or `Stalled` while it applies; those of others stay.
 * The transition time is kept while a status stays the same. `WellFormed` is there while `report` says that something is
 * wrong, and stays as it is without one.
 *
 * @param now RFC 3339.
 */
export function summarizeConditions(
  before: readonly Condition[],
  readiness: Readiness,
  observedGeneration: number,
  now: string,
  report?: FileReport,
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
  if (report !== undefined && report.count > 0) {
    ours.push({ ...make("WellFormed", "False"), reason: "InvalidYAML", message: describeReport(report) });
  }
  const stays = ({ type }: Condition) => !OUR_CONDITIONS.has(type) || (type === "WellFormed" && report === undefined);
  return [...ours, ...before.filter(stays)];
}
