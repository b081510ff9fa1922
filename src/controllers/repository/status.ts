import { ANNOTATION_SYNC } from "../../api/names.ts";
import type { Repository, RepositoryStatus, SkippedRef } from "../../api/repository.ts";
import { foldConditions, OUR_CONDITIONS, type Readiness } from "../../core/conditions/conditions.ts";
import { GitError } from "../../git/errors.ts";
import { repositories } from "../kinds.ts";
import { type Operator, timestamp } from "../operator.ts";
import { patchStatus } from "../status.ts";
import { CredentialsError } from "./credentials.ts";
import type { RepositoryState } from "./state.ts";

const MAX_SKIPPED = 20;
/** As long as the schema allows; anybody who may push can make longer ones. */
const MAX_REF = 1024;
const MAX_MESSAGE = 512;

/** Writes what became of a reconcile; without `state` the last counts stay. */
export async function writeStatus(
  operator: Operator,
  repository: Repository,
  readiness: Readiness,
  state?: RepositoryState,
): Promise<void> {
  const generation = repository.metadata.generation ?? 0;
  const now = timestamp(operator.now());
  const found = state === undefined ? {} : countsOf(repository, state);
  const message = readiness.message === "" && state !== undefined ? summary(state) : readiness.message;
  const status = {
    observedGeneration: generation,
    conditions: foldConditions(repository.status?.conditions ?? [], { ...readiness, message }, generation, now),
    ...found,
  };
  const before = repository.status?.conditions?.find((one) => one.type === "Ready");
  await patchStatus(operator.client, repositories, repository, status, OUR_CONDITIONS);
  if (before?.reason === readiness.reason) return;
  const type = readiness.state === "ready" ? "Normal" : "Warning";
  operator.events.record(repository, { type, reason: readiness.reason, action: "Sync", note: message });
}

function countsOf(repository: Repository, state: RepositoryState): Partial<Record<keyof RepositoryStatus, unknown>> {
  const { packages, published, drafts, skipped } = state.index.counts();
  const refused = refusedRefs(state);
  const first = [
    ...refused.slice(0, MAX_SKIPPED),
    ...state.index.skipped(MAX_SKIPPED).map(({ ref, reason, message }) => ({ ref, reason, message })),
  ].map(({ ref, reason, message }) => ({ ref: ref.slice(0, MAX_REF), reason, message: message.slice(0, MAX_MESSAGE) }));
  return {
    commit: state.mainCommit,
    packages,
    revisions: published,
    drafts,
    skippedCount: skipped + refused.length,
    skipped: first.length === 0 ? undefined : first.slice(0, MAX_SKIPPED),
    lastHandledSyncRequest: repository.metadata.annotations?.[ANNOTATION_SYNC]?.slice(0, 256),
  };
}

/** Refs that Git itself refuses: not fetched, and no reason to do without the others. */
function refusedRefs(state: RepositoryState): readonly SkippedRef[] {
  return [...state.clone.mirror.refusedRefs().values()].sort((a, b) => (a.ref < b.ref ? -1 : 1));
}

function summary(state: RepositoryState): string {
  const { packages, published, drafts, skipped } = state.index.counts();
  const empty = state.mainCommit === undefined ? "; the remote is empty: the first publication makes its branch" : "";
  return `packages: ${packages}, revisions: ${published}, drafts: ${drafts}, other refs: ${skipped}${empty}`;
}

/** A failure as a condition that says which: the wrong password, branch, host or URL. */
export function failureOf(error: unknown, repository: Repository): Readiness {
  const secret = repository.spec.git?.credentials;
  if (error instanceof CredentialsError) return { state: "stalled", reason: error.reason, message: error.message };
  if (error instanceof GitError) {
    const hint = HINTS[error.reason]?.(secret) ?? "";
    return {
      state: error.retryable ? "reconciling" : "stalled",
      reason: error.reason,
      message: `${error.message}${hint}`,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { state: "reconciling", reason: "ReconcileFailed", message };
}

const HINTS: Readonly<Record<string, (secret: string | undefined) => string>> = {
  AuthenticationFailed: (secret) =>
    secret === undefined
      ? ": name a Secret in spec.git.credentials"
      : `: look at the Secret ${secret} (spec.git.credentials)`,
  BranchNotFound: () => ": spec.git.ref must name a branch that is there",
};
