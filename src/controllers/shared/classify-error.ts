import type { Readiness } from "../../core/conditions/conditions.ts";
import { describeForeignError } from "../../core/conditions/foreign-error.ts";
import { JsonTooDeepError } from "../../core/identity/canonical-json.ts";
import {
  ApiError,
  ConnectionError,
  isConflict,
  isNamespaceTerminating,
  isNotFound,
  isRefused,
} from "../../kube/client/errors.ts";
import { type RetryDecision, TerminalError } from "../../runtime/reconcile.ts";
import { GitError, isAboveLimit, isClosed, isLocalDiskError } from "../../storage/git/errors.ts";
import { StalledError } from "./stalled-error.ts";

/** How an error is reported to the user and retried. */
export interface ClassifiedError {
  /**
   * The conditions that report it; absent where the next reconcile resolves it without the user. The Event follows from
   * the state: `stalled` has a Warning, `reconciling` has one for a Repository and none for its many package revisions.
   */
  readonly readiness?: Readiness;
  readonly retry: RetryDecision;
}

interface Row {
  readonly matches: (error: unknown) => boolean;
  /** Absent where conditions and Events do not report it. */
  readonly state?: "reconciling" | "stalled";
  readonly retry: RetryDecision;
}

/** Not logged as an error: conditions and Events report it to the user, who can resolve it. */
const BACKOFF: RetryDecision = { kind: "backoff", quiet: true };
const NEVER: RetryDecision = { kind: "never" };
/** A retry on the operator's own disk loads no remote, and all work depends on it: the interval does not grow. */
const RETRY_ON_DISK: RetryDecision = { kind: "after", ms: 5_000, quiet: true };

/** The remote is above a limit: to ask it costs much, and only a user changes that. A requested sync asks at once. */
export const ABOVE_LIMIT_RETRY_MS = 300_000;
const RETRY_ABOVE_LIMIT: RetryDecision = { kind: "after", ms: ABOVE_LIMIT_RETRY_MS, quiet: true };

/** Error → state, and so the Event, and retry. The first match decides; reason and message are those of the error. */
const ROWS: readonly Row[] = [
  { matches: (error) => isConflict(error) || isNotFound(error), retry: BACKOFF },
  // The object goes as well: there is nobody to report to, and nothing to repair.
  { matches: isNamespaceTerminating, retry: BACKOFF },
  { matches: isClosed, retry: BACKOFF },
  { matches: isLocalDiskError, state: "reconciling", retry: RETRY_ON_DISK },
  { matches: isAboveLimit, state: "stalled", retry: RETRY_ABOVE_LIMIT },
  { matches: (error) => error instanceof GitError && error.retryable, state: "reconciling", retry: BACKOFF },
  // A push or another sync can resolve it, of which no watch reports: hence the retry.
  { matches: (error) => error instanceof GitError, state: "stalled", retry: BACKOFF },
  { matches: (error) => error instanceof StalledError && error.retry === "backoff", state: "stalled", retry: BACKOFF },
  { matches: (error) => error instanceof StalledError, state: "stalled", retry: NEVER },
  { matches: (error) => error instanceof JsonTooDeepError, state: "stalled", retry: NEVER },
  // A quota, a policy, a webhook, a role: no watch reports that it has changed.
  { matches: isRefused, state: "stalled", retry: BACKOFF },
  { matches: (error) => error instanceof TerminalError, state: "stalled", retry: NEVER },
];
/** A bug, or a failure that no row knows: also logged as an error. */
const UNEXPECTED: Row = { matches: () => true, state: "reconciling", retry: { kind: "backoff" } };

/** The table of errors that all controllers share. */
export function classifyError(error: unknown): ClassifiedError {
  const { state, retry } = ROWS.find(({ matches }) => matches(error)) ?? UNEXPECTED;
  if (state === undefined) return { retry };
  return { readiness: { state, ...describeError(error) }, retry };
}

/** For `ControllerOptions.classifyError`. */
export function retryDecisionOf(error: unknown): RetryDecision {
  return classifyError(error).retry;
}

function describeError(error: unknown): Pick<Readiness, "reason" | "message"> {
  if (error instanceof GitError || error instanceof StalledError) {
    return { reason: error.reason, message: error.message };
  }
  // A spec, labels or annotations nested too deep to be recorded in a commit.
  if (error instanceof JsonTooDeepError) return { reason: "MetadataTooLarge", message: error.message };
  if (isRefused(error)) {
    const message = `the API server refuses what the operator needs (${error.request}): ${error.message}`;
    return { reason: "APIRequestRefused", message };
  }
  return { reason: "ReconcileFailed", message: `unexpected, see the operator's log: ${describeUnexpected(error)}` };
}

/** Nothing else of an error reaches status and Events: its text may quote a Secret. */
function describeUnexpected(error: unknown): string {
  if (error instanceof ApiError) return `${error.request}: ${error.message}`;
  return error instanceof ConnectionError ? error.message : describeForeignError(error);
}
