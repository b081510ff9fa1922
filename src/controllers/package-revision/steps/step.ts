import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../../api/v1alpha1/package-revision-status.ts";
import type { Readiness } from "../../../core/conditions/conditions.ts";
import type { Blocker } from "../../../core/revision/observation.ts";
import type { Plan } from "../../../core/revision/plan.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";
import type { Processed } from "../processing/process-contents.ts";
import type { RevisionScope } from "../scope.ts";

/** The updates of status and conditions that a step returns. All steps' results become one status patch. */
export interface StepResult {
  /** The object as the step left it, if the step wrote it. */
  readonly object?: PackageRevision;
  /** Status fields; those that are undefined are removed. */
  readonly status: Readonly<Partial<Record<keyof PackageRevisionStatus, unknown>>>;
  /** Becomes the conditions Ready, Reconciling and Stalled. */
  readonly readiness: Readiness;
  /** Becomes the condition FilesValid; absent if nothing is known yet, or nothing has changed. */
  readonly report?: FileReport | undefined;
  /** Becomes the conditions Rendered and Validated; absent if nothing is known yet, or nothing has changed. */
  readonly processed?: Processed | undefined;
  /** Reconcile again at once. */
  readonly again?: boolean;
  /** Milliseconds since 1970: reconcile again then. */
  readonly requeueAt?: number;
}

/** A named part of the reconcile. It returns undefined if the plan does not concern it. */
export interface Step {
  readonly name: string;
  readonly run: (scope: RevisionScope, plan: Plan) => Promise<StepResult | undefined>;
}

/** A step that carries out one kind of plan. */
export function stepFor<K extends Plan["kind"]>(
  kind: K,
  run: (scope: RevisionScope, plan: Extract<Plan, { readonly kind: K }>) => Promise<StepResult>,
): Step {
  const concerns = (plan: Plan): plan is Extract<Plan, { readonly kind: K }> => plan.kind === kind;
  return { name: kind, run: async (scope, plan) => (concerns(plan) ? await run(scope, plan) : undefined) };
}

/** The result of a step that succeeded, while a blocker may hold back the desired lifecycle. */
export function resultWithBlocker(
  blocker: Blocker | undefined,
  status: StepResult["status"],
  ready: Readiness,
): StepResult {
  if (blocker === undefined) return { status: { ...status, waitingFor: undefined }, readiness: ready };
  return {
    status: { ...status, waitingFor: [blocker.reason] },
    readiness: readinessOfBlocker(blocker),
    ...(blocker.until !== undefined && { requeueAt: blocker.until }),
  };
}

export function readinessOfBlocker({ kind, reason, message }: Blocker): Readiness {
  return { state: kind === "waiting" ? "reconciling" : "stalled", reason, message };
}

/** The branch moved between the observation and the push. */
export function reconcileAgain(): StepResult {
  const message = "the branch has moved in the meantime: reconciling again";
  return { status: {}, readiness: { state: "reconciling", reason: "BranchMoved", message }, again: true };
}
