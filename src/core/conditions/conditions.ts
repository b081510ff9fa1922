import type { Condition, ConditionType } from "../../api/v1alpha1/conditions.ts";
import { describeReport, type FileReport } from "../validation/file-report.ts";

/** The result of a reconcile, in the terms of kstatus. */
export type Readiness =
  | { readonly state: "ready"; readonly reason: string; readonly message: string }
  /** The controller retries or continues without help. */
  | { readonly state: "reconciling"; readonly reason: string; readonly message: string }
  /** Only a change by a user helps. */
  | { readonly state: "stalled"; readonly reason: string; readonly message: string };

/**
 * The result of the file checks: a report; `reading` until there is one for new contents; `unchanged` where the
 * contents are those that the condition was written for.
 */
export type FilesState = FileReport | "reading" | "unchanged";

const CURRENT_TYPES = ["Ready", "Reconciling", "Stalled", "FilesValid"] as const satisfies readonly ConditionType[];
/** The name of `FilesValid` in earlier versions: renamed or removed with the next status write. */
const FORMER_FILES_VALID = "WellFormed";

/** The condition types that this operator writes. Conditions of other types belong to other clients and are kept. */
export const OUR_CONDITIONS: ReadonlySet<string> = new Set<string>([...CURRENT_TYPES, FORMER_FILES_VALID]);
const MAX_MESSAGE = 8192;

/**
 * The conditions after a reconcile: `Ready` always, `Reconciling` or `Stalled` while it applies, `FilesValid`, and
 * those of other clients. The transition time is kept while a status stays the same.
 *
 * @param now RFC 3339.
 * @param files Undefined for objects whose files are not checked: a result that `before` has is kept, since the files
 *   of published revisions never change; `Unknown` is removed, since no check is under way.
 */
export function summarizeConditions(
  before: readonly Condition[],
  readiness: Readiness,
  observedGeneration: number,
  now: string,
  files?: FilesState,
): Condition[] {
  const make = (type: ConditionType, status: Condition["status"], reason: string, text: string): Condition => {
    const old = before.find((one) => one.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now;
    const message = text.slice(0, MAX_MESSAGE);
    return { type, status, observedGeneration, lastTransitionTime, reason, message };
  };
  const { state, reason, message } = readiness;
  const ours = [make("Ready", state === "ready" ? "True" : "False", reason, message)];
  if (state === "reconciling") ours.push(make("Reconciling", "True", reason, message));
  if (state === "stalled") ours.push(make("Stalled", "True", reason, message));
  const foreign = before.filter(({ type }) => !OUR_CONDITIONS.has(type));
  return [...ours, ...filesValid(before, files, make), ...foreign];
}

function filesValid(
  before: readonly Condition[],
  files: FilesState | undefined,
  make: (type: ConditionType, status: Condition["status"], reason: string, message: string) => Condition,
): readonly Condition[] {
  if (typeof files === "object") {
    return files.count > 0
      ? [make("FilesValid", "False", files.reason ?? "InvalidFiles", describeReport(files))]
      : [make("FilesValid", "True", "FilesValid", "the checks found no problem in the files")];
  }
  const former = before.filter(({ type }) => type === FORMER_FILES_VALID);
  const known = before.find(({ type }) => type === "FilesValid") ?? former.map(rename)[0];
  if (files === "unchanged" && known !== undefined) return [known];
  if (files !== undefined) return [make("FilesValid", "Unknown", "ReadingFiles", "the files are being read")];
  return known === undefined || known.status === "Unknown" ? [] : [known];
}

function rename(condition: Condition): Condition {
  return { ...condition, type: "FilesValid" satisfies ConditionType };
}
