import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { RepositoryStatus } from "../../api/v1alpha1/repository-status.ts";
import { ANNOTATION_SYNC } from "../../api/v1alpha1/well-known.ts";
import type { PolicyState } from "../../core/admission/policy-state.ts";
import { OUR_CONDITIONS, type Readiness, summarizeConditions } from "../../core/conditions/conditions.ts";
import type { RetentionPlan } from "../../core/files/retention-plan.ts";
import { timestamp } from "../../core/identity/timestamp.ts";
import type { StoreSummary } from "../../core/ports/package-store.ts";
import { describeRewrite, HISTORY_REWRITTEN } from "../../core/repository/history-rewrite.ts";
import { isSyncTimeDue } from "../../core/repository/sync-time.ts";
import { isTagOnly } from "../../core/repository/tag-only.ts";
import { describeInvalidRules, INVALID_APPROVAL_RULE } from "../../core/revision/automatic/compile-rules.ts";
import { policiesBlocker } from "../../core/revision/preconditions/policies.ts";
import { describeInvalidPolicies, INVALID_POLICY } from "../../core/validation/policy/invalid-policies.ts";
import { needsPatch, patchStatus } from "../../kube/patch-status.ts";
import { GitError, type GitErrorReason } from "../../storage/git/errors.ts";
import { classifyError } from "../shared/classify-error.ts";
import { repositories } from "../shared/kinds.ts";
import type { RepositoryContext } from "./context.ts";
import { describeRevisionLimit } from "./discovered-revisions.ts";

/** The limit of the schema; names of refs may be longer. */
const MAX_REF = 1024;
const MAX_MESSAGE = 512;
const MAX_REASONS = 20;

interface SyncResult {
  readonly summary: StoreSummary;
  readonly kept: RetentionPlan;
}

/**
 * Writes the result of a reconcile, and an Event if the reason changed. Without `result` the last counts stay; the
 * commit is written if it is known, since it restores a branch that the remote lost.
 */
export async function writeStatus(
  context: RepositoryContext,
  repository: Repository,
  readiness: Readiness,
  result?: SyncResult | { readonly commit: string },
): Promise<void> {
  const generation = repository.metadata.generation ?? 0;
  const now = timestamp(context.now());
  const synced = result !== undefined && "summary" in result ? countsOf(repository, result) : undefined;
  const status = {
    observedGeneration: generation,
    conditions: summarizeConditions(repository.status?.conditions ?? [], readiness, generation, now),
    ...(synced ?? result),
  };
  const timed = synced && { ...status, lastSyncTime: nextSyncTime(context, repository, status) };
  const { before } = await patchStatus(context.client, repositories, repository, timed ?? status, OUR_CONDITIONS);
  if (before.status?.conditions?.find((one) => one.type === "Ready")?.reason === readiness.reason) return;
  const type = readiness.state === "ready" ? "Normal" : "Warning";
  context.events.record(repository, { type, reason: readiness.reason, action: "Sync", note: readiness.message });
}

/** With any other change, the time costs no further write. */
function nextSyncTime(context: RepositoryContext, repository: Repository, status: object): string {
  const last = repository.status?.lastSyncTime;
  const now = context.now();
  const isDue = isSyncTimeDue(last, now) || needsPatch(repository, status, OUR_CONDITIONS);
  return last === undefined || isDue ? timestamp(now) : last;
}

function countsOf(
  repository: Repository,
  { summary, kept }: SyncResult,
): Partial<Record<keyof RepositoryStatus, unknown>> {
  const { commit, packages, published, drafts, others, refused, skipped, skippedReasons } = summary;
  const first = skipped.map(({ ref, reason, message }) => ({
    ref: ref.slice(0, MAX_REF),
    reason,
    message: message.slice(0, MAX_MESSAGE),
  }));
  return {
    commit,
    packages,
    revisions: published,
    drafts,
    contentsKept: kept.kept.size,
    contentsBytes: kept.bytes,
    skippedCount: others + refused,
    skipped: first.length === 0 ? undefined : first,
    skippedReasons: skippedReasons.length === 0 ? undefined : skippedReasons.slice(0, MAX_REASONS),
    lastHandledSyncRequest: repository.metadata.annotations?.[ANNOTATION_SYNC]?.slice(0, 256),
  };
}

function describeCounts({ packages, published, drafts, others, refused, isEmpty, ...summary }: StoreSummary): string {
  const { skipped, skippedReasons } = summary;
  // Refused refs come first in both, unless a prefix leaves them out.
  const first = skipped.find(({ reason }) => reason === skippedReasons[0]?.reason);
  const named = first === undefined ? "" : `, the first: ${first.ref}: ${first.message}`;
  const unread = refused === 0 ? "" : `; refs that cannot be read: ${refused} (status.skipped)${named}`;
  const empty = isEmpty ? "; the remote is empty: the first draft makes its branch" : "";
  return `packages: ${packages}, revisions: ${published}, drafts: ${drafts}, other refs: ${others}${empty}${unread}`;
}

/** Undefined while the policies are enforced. */
export function policiesReadiness(policies: PolicyState): Readiness | undefined {
  const unenforced = policiesBlocker({ policies });
  if (unenforced === undefined) return undefined;
  const { kind, reason, message } = unenforced;
  return { state: kind === "waiting" ? "reconciling" : "stalled", reason, message };
}

/** The result of a sync that succeeded: its packages are read and edited also while nothing is published. */
export function readinessOf(
  repository: Repository,
  summary: StoreSummary,
  policies: PolicyState,
  beyondLimit: { readonly count: number; readonly limit: number } = { count: 0, limit: 0 },
): Readiness {
  const unenforced = policiesReadiness(policies);
  if (unenforced !== undefined) return unenforced;
  const { rewrite } = summary;
  const invalid = rewrite === undefined ? describeInvalidPolicies(repository.spec.policies) : undefined;
  if (invalid !== undefined) return { state: "stalled", reason: INVALID_POLICY, message: invalid };
  const invalidRule = rewrite === undefined ? describeInvalidRules(repository.spec.approval?.automatic) : undefined;
  if (invalidRule !== undefined) return { state: "stalled", reason: INVALID_APPROVAL_RULE, message: invalidRule };
  if (rewrite === undefined) {
    const more =
      beyondLimit.count === 0
        ? ""
        : `; ${beyondLimit.count} package revisions are not shown: it has ${describeRevisionLimit(beyondLimit.limit)}`;
    return { state: "ready", reason: "Synced", message: `${describeCounts(summary)}${more}` };
  }
  const held = isTagOnly(repository)
    ? "nothing waits for that, since it is for tags alone"
    : "nothing is published or deleted meanwhile";
  const message = describeRewrite(rewrite, held, `pkgrepo ${repository.metadata.name}`);
  return { state: "stalled", reason: HISTORY_REWRITTEN, message };
}

/** A failure as a condition: which of password, branch, host or URL is wrong. Undefined: the next try resolves it. */
export function readinessFromError(error: unknown, repository: Repository): Readiness | undefined {
  const { readiness } = classifyError(error);
  return readiness && { ...readiness, message: `${readiness.message}${hintFor(error, repository)}` };
}

function hintFor(error: unknown, { spec }: Repository): string {
  if (!(error instanceof GitError)) return "";
  return HINTS[error.reason]?.(spec.git?.credentials) ?? "";
}

const lookAt = (secret: string | undefined) =>
  secret === undefined
    ? ": name a Secret in spec.git.credentials"
    : `: look at the Secret ${secret} (spec.git.credentials)`;

const HINTS: Readonly<Partial<Record<GitErrorReason, (secret: string | undefined) => string>>> = {
  AuthenticationFailed: lookAt,
  InvalidSSHKey: lookAt,
  AccessDenied: lookAt,
  PushForbidden: lookAt,
  BranchNotFound: () => ": push it, or name a branch that is there in spec.git.ref",
};
