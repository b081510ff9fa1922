import type { Readiness } from "../../core/conditions/conditions.ts";
import { JsonTooDeepError } from "../../core/identity/canonical-json.ts";
import { isConflict, isNotFound } from "../../kube/client/errors.ts";
import type { RetryDecision } from "../../runtime/reconcile.ts";
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
  { matches: isClosed, retry: BACKOFF },
  { matches: isLocalDiskError, state: "reconciling", retry: RETRY_ON_DISK },
  { matches: isAboveLimit, state: "stalled", retry: RETRY_ABOVE_LIMIT },
  { matches: (error) => error instanceof GitError && error.retryable, state: "reconciling", retry: BACKOFF },
  // A push or another sync can resolve it, of which no watch reports: hence the retry.
  { matches: (error) => error instanceof GitError, state: "stalled", retry: BACKOFF },
  { matches: (error) => error instanceof StalledError && error.retry === "backoff", state: "stalled", retry: BACKOFF },
  { matches: (error) => error instanceof StalledError, state: "stalled", retry: NEVER },
  { matches: (error) => error instanceof JsonTooDeepError, state: "stalled", retry: NEVER },
];

/** The table of errors that all controllers share. Undefined: a bug or a failure that the table does not know. */
export function classifyError(error: unknown): ClassifiedError | undefined {
  const row = ROWS.find(({ matches }) => matches(error));
  if (row === undefined || !(error instanceof Error)) return undefined;
  const { state, retry } = row;
  if (state === undefined) return { retry };
  return { readiness: { state, reason: reasonOf(error), message: error.message }, retry };
}

/** For `ControllerOptions.classifyError`. Undefined: the runtime's default. */
export function retryDecisionOf(error: unknown): RetryDecision | undefined {
  return classifyError(error)?.retry;
}

function reasonOf(error: Error): string {
  if (error instanceof GitError || error instanceof StalledError) return error.reason;
  // A spec, labels or annotations nested too deep to be recorded in a commit.
  return "MetadataTooLarge";
}
