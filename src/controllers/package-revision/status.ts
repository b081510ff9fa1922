import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import {
  type CheckStates,
  filesVerdict,
  OUR_CONDITIONS,
  type Readiness,
  summarizeConditions,
} from "../../core/conditions/conditions.ts";
import { timestamp } from "../../core/identity/timestamp.ts";
import { isAttributedSoFar, nextAttribution } from "../../core/revision/attribution.ts";
import { isScheduled } from "../../core/revision/preconditions/gates.ts";
import type { FileReport } from "../../core/validation/file-report.ts";
import { patchStatus } from "../../kube/patch-status.ts";
import { packageRevisions } from "../shared/kinds.ts";
import type { RevisionDependencies } from "./dependencies.ts";
import type { Processed } from "./processing/process-contents.ts";
import { repositoryKeyOf, requiresAttribution } from "./repository-of.ts";
import type { StepResult } from "./steps/step.ts";

/**
 * Writes the updates of all steps as one status patch, if it changes anything. Of several results the first that is not
 * ready decides on Ready. Returns the object as it is afterwards.
 */
export async function writeStatus(
  dependencies: Pick<RevisionDependencies, "client" | "events" | "now" | "repositories">,
  object: PackageRevision,
  results: readonly StepResult[],
): Promise<PackageRevision> {
  const [first] = results;
  if (first === undefined) return object;
  const { readiness } = results.find((one) => one.readiness.state !== "ready") ?? first;
  const report = results.findLast((one) => one.report !== undefined)?.report;
  const current = results.findLast((one) => one.object !== undefined)?.object ?? object;
  const generation = current.metadata.generation ?? 0;
  const now = timestamp(dependencies.now());
  const processed = results.findLast((one) => one.processed !== undefined)?.processed;
  const changes: StepResult["status"] = Object.assign({}, ...results.map((one) => one.status), processed?.status);
  const checks = checksOf(dependencies, current, changes, report, processed);
  const conditions = summarizeConditions(current.status?.conditions ?? [], readiness, generation, now, checks);
  const status = {
    ...changes,
    // Those of other contents.
    ...(checks?.Rendered === "running" && { rendering: undefined, validation: undefined, changes: undefined }),
    ...(isOutdated(current, changes) && { dependencies: undefined }),
    ...attributionOf(dependencies, current, changes),
    observedGeneration: generation,
    conditions,
  };
  const { client } = dependencies;
  const { before, after } = await patchStatus(client, packageRevisions, current, status, OUR_CONDITIONS);
  recordEvent(dependencies, before, readiness);
  recordFailures(dependencies, before, checks);
  return after;
}

/** True for the dependencies of other contents, of which those of the new ones are not known yet. */
function isOutdated({ status }: PackageRevision, changes: StepResult["status"]): boolean {
  const { contentDigest = status?.contentDigest } = changes;
  return !("dependencies" in changes) && contentDigest !== status?.contentDigest;
}

/** The record of a proposal stays as it was; a published revision needs none. */
function attributionOf(
  dependencies: Pick<RevisionDependencies, "repositories">,
  object: PackageRevision,
  changes: StepResult["status"],
): Pick<StepResult["status"], "attribution"> {
  const lifecycle = "lifecycle" in changes ? changes.lifecycle : object.status?.lifecycle;
  const isDecided = lifecycle === "published" || lifecycle === "deletionProposed";
  const isRequired = !isDecided && requiresAttribution(dependencies, object);
  return { attribution: nextAttribution(isRequired, object.status?.attribution, isAttributedSoFar(object)) };
}

/** Without a result, the checks of new contents are under way. Published files are not checked. */
function checksOf(
  { repositories }: Pick<RevisionDependencies, "repositories">,
  object: PackageRevision,
  changes: StepResult["status"],
  report: FileReport | undefined,
  processed: Processed | undefined,
): CheckStates | undefined {
  const { status } = object;
  const repository = repositories.get(repositoryKeyOf(object));
  const lifecycle = "lifecycle" in changes ? changes.lifecycle : status?.lifecycle;
  if (lifecycle !== "draft" && lifecycle !== "proposed") return undefined;
  const { contentDigest = status?.contentDigest } = changes;
  const otherwise = contentDigest === status?.contentDigest ? "unchanged" : "running";
  return {
    FilesValid: report === undefined ? otherwise : filesVerdict(report),
    Rendered: processed?.rendered ?? otherwise,
    Validated: processed?.validated ?? otherwise,
    ...(isScheduled({ object, ...(repository !== undefined && { repository }) }) && {
      Scheduled: processed?.scheduled ?? otherwise,
    }),
  };
}

/** Ready reasons that no user asked for: other users' changes, or an external push, took effect. */
const UNREQUESTED: ReadonlySet<string> = new Set(["ProposalVoided", "ProposalTakenBack"]);

/** An Event for a render that fails and a validation that finds errors, where the last one did not. */
function recordFailures(
  { events }: Pick<RevisionDependencies, "events">,
  object: PackageRevision,
  checks: ReturnType<typeof checksOf>,
): void {
  for (const [type, action] of [
    ["Rendered", "Render"],
    ["Validated", "Validate"],
  ] as const) {
    const check = checks?.[type];
    if (typeof check !== "object" || check.status !== "False") continue;
    const before = object.status?.conditions?.find((one) => one.type === type);
    if (before?.status === "False" && before.reason === check.reason) continue;
    events.record(object, { type: "Warning", reason: check.reason, action, note: check.message });
  }
}

/**
 * An Event for a new reason that needs the user, or that the user does not expect. The other transitions have no Event:
 * they were asked for, the condition reports them, and an Event would be one more write for each step of the lifecycle.
 */
function recordEvent(
  { events }: Pick<RevisionDependencies, "events">,
  object: PackageRevision,
  { state, reason, message }: Readiness,
): void {
  const before = object.status?.conditions?.find((one) => one.type === "Ready");
  const isNeeded = state === "stalled" || UNREQUESTED.has(reason);
  if (!isNeeded || before?.reason === reason) return;
  events.record(object, { type: "Warning", reason, action: "Reconcile", note: message });
}
