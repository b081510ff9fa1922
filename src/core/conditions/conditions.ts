import type { Condition, ConditionType } from "../../api/v1alpha1/conditions.ts";
import { describeReport, type FileReport } from "../validation/file-report.ts";

/** The result of a reconcile, in the terms of kstatus. */
export type Readiness =
  | { readonly state: "ready"; readonly reason: string; readonly message: string }
  /** The controller retries or continues without help. */
  | { readonly state: "reconciling"; readonly reason: string; readonly message: string }
  /** Only a change by a user helps. */
  | { readonly state: "stalled"; readonly reason: string; readonly message: string };

/** What is found out about the contents of drafts and proposals, each a condition. */
export const CHECK_TYPES = ["FilesValid", "Rendered", "Validated"] as const satisfies readonly ConditionType[];
export type CheckType = (typeof CHECK_TYPES)[number];

/** What is known of the checks, and of `Scheduled` where the gate asks for it. */
export type CheckStates = Readonly<Record<CheckType, CheckState>> & { readonly Scheduled?: CheckState };

/** A condition without its times. */
export type Verdict = Pick<Condition, "status" | "reason" | "message">;

/**
 * What is known: a verdict; `running` until there is one for new contents; `unchanged` where the contents are those
 * that the condition was written for.
 */
export type CheckState = Verdict | "running" | "unchanged";

const RUNNING: Readonly<Record<CheckType | "Scheduled", Verdict>> = {
  FilesValid: { status: "Unknown", reason: "ReadingFiles", message: "the files are being read" },
  Rendered: { status: "Unknown", reason: "Rendering", message: "the package is being rendered" },
  Validated: { status: "Unknown", reason: "Validating", message: "the package is being validated" },
  Scheduled: { status: "Unknown", reason: "Resolving", message: "what the package needs is being looked for" },
};

/** True as long as a check of new contents has no verdict. */
export function isRunning({ type, status, reason }: Condition): boolean {
  const running = new Map<string, Verdict>(Object.entries(RUNNING)).get(type);
  return status === running?.status && reason === running.reason;
}

const CURRENT_TYPES = [
  "Ready",
  "Reconciling",
  "Stalled",
  ...CHECK_TYPES,
  "Scheduled",
] as const satisfies readonly ConditionType[];
/** The name of `FilesValid` in earlier versions: renamed or removed with the next status write. */
const FORMER_FILES_VALID = "WellFormed";

/** The condition types that this operator writes. Conditions of other types belong to other clients and are kept. */
export const OUR_CONDITIONS: ReadonlySet<string> = new Set<string>([...CURRENT_TYPES, FORMER_FILES_VALID]);
const MAX_MESSAGE = 8192;

/**
 * The conditions after a reconcile: `Ready` always, `Reconciling` or `Stalled` while it applies, those of checks, and
 * those of other clients. The transition time is kept while a status stays the same.
 *
 * @param now RFC 3339.
 * @param checks Undefined for objects whose files are not checked: a result that `before` has is kept, since the files
 *   of published revisions never change; `Unknown` is removed, since no check is under way.
 */
export function summarizeConditions(
  before: readonly Condition[],
  readiness: Readiness,
  observedGeneration: number,
  now: string,
  checks?: CheckStates,
): Condition[] {
  const make = (type: ConditionType, { status, reason, message }: Verdict): Condition => {
    const old = before.find((one) => one.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now;
    return { type, status, observedGeneration, lastTransitionTime, reason, message: message.slice(0, MAX_MESSAGE) };
  };
  const ofSchedule = (state: CheckState): Condition => {
    if (typeof state === "object") return make("Scheduled", state);
    const known = state === "unchanged" ? knownCheck(before, "Scheduled") : undefined;
    return known ?? make("Scheduled", RUNNING.Scheduled);
  };
  const { state, reason, message } = readiness;
  const ours = [make("Ready", { status: state === "ready" ? "True" : "False", reason, message })];
  if (state === "reconciling") ours.push(make("Reconciling", { status: "True", reason, message }));
  if (state === "stalled") ours.push(make("Stalled", { status: "True", reason, message }));
  const ofChecks = CHECK_TYPES.flatMap((type) => {
    const check = checks?.[type];
    if (typeof check === "object") return [make(type, check)];
    const known = knownCheck(before, type);
    if (check === "unchanged" && known !== undefined) return [known];
    if (check !== undefined) return [make(type, RUNNING[type])];
    return known === undefined || known.status === "Unknown" ? [] : [known];
  });
  const schedule = checks?.Scheduled;
  if (schedule !== undefined) ofChecks.push(ofSchedule(schedule));
  const foreign = before.filter(({ type }) => !OUR_CONDITIONS.has(type));
  return [...ours, ...ofChecks, ...foreign];
}

function knownCheck(before: readonly Condition[], wanted: ConditionType): Condition | undefined {
  const known = before.find(({ type }) => type === wanted);
  if (known !== undefined || wanted !== "FilesValid") return known;
  const former = before.find(({ type }) => type === FORMER_FILES_VALID);
  return former && { ...former, type: wanted };
}

/** `FilesValid` for a report. */
export function filesVerdict(report: FileReport): Verdict {
  return report.count > 0
    ? { status: "False", reason: report.reason ?? "InvalidFiles", message: describeReport(report) }
    : { status: "True", reason: "FilesValid", message: "the checks found no problem in the files" };
}
