import type { Person } from "../../../core/identity/person.ts";
import { GitError, isUnanswered } from "../errors.ts";
import type { Mirror } from "../mirror/mirror.ts";
import { type WrittenChanges, writeObjects } from "../objects/write-objects.ts";
import type { PlannedRequest } from "./plan-batch.ts";
import { push } from "./push.ts";
import type { RefRejection } from "./push-report.ts";
import { wasPushed } from "./was-pushed.ts";

export interface PushAttemptOptions {
  readonly mirror: Mirror;
  readonly committer: Person;
  readonly now: () => Date;
  readonly fetch: () => Promise<unknown>;
  readonly isClosed: () => boolean;
}

export type PushAttempt =
  /** Every request of the batch is resolved. */
  | { readonly kind: "pushed" }
  /** The mirror has fetched: plan again. */
  | { readonly kind: "retry"; readonly error: GitError }
  /** At least one rejection, none because of a lost race. */
  | { readonly kind: "rejected"; readonly rejections: readonly RefRejection[] }
  | { readonly kind: "failed"; readonly error: unknown };

/**
 * Writes the objects of a batch and pushes it once. `recloned`: a damaged mirror was cloned again since the requests
 * were taken from the queue. Never throws.
 */
export async function attemptPush(
  options: PushAttemptOptions,
  batch: readonly PlannedRequest[],
  recloned: boolean,
): Promise<PushAttempt> {
  const { mirror, committer, now } = options;
  let written: WrittenChanges | undefined;
  try {
    mirror.checkAccess();
    const changes = batch.map(({ change }) => change);
    written = await writeObjects(mirror, changes, { committer, now: now() });
    const result = await push(mirror, written.updates);
    if (result.kind === "pushed") {
      resolveAll(batch, written);
      return { kind: "pushed" };
    }
    if (!result.rejections.some(({ kind }) => kind === "lease")) return result;
    // libcurl repeats a request on a new connection if a reused one breaks. git may have pushed twice and report the
    // second push, whose lease the first one broke.
    return await fetchAndCompare(options, batch, written, raceLost());
  } catch (error) {
    return await afterFailure(options, batch, written, error, recloned);
  }
}

export function raceLost(): GitError {
  return new GitError("LeaseLost", "the remote's refs moved during every attempt to push");
}

/** Without a report the remote may have applied the push: its refs decide. */
async function afterFailure(
  options: PushAttemptOptions,
  batch: readonly PlannedRequest[],
  written: WrittenChanges | undefined,
  cause: unknown,
  recloned: boolean,
): Promise<PushAttempt> {
  if (!(cause instanceof GitError) || options.isClosed()) return { kind: "failed", error: cause };
  const damaged = await options.mirror.isDamagedBy(cause);
  if (damaged) options.mirror.reportDamage();
  else if (!isUnanswered(cause)) return { kind: "failed", error: cause };
  const error = damaged ? new GitError("MirrorCorrupt", cause.message) : cause;
  try {
    const attempt = await fetchAndCompare(options, batch, written, error);
    // A second clone takes long and would not help either. After a timeout the requests have waited long enough: their
    // callers are informed, and other requests get their turn.
    const isFinal = (damaged && recloned) || error.reason === "Timeout";
    return isFinal && attempt.kind === "retry" ? { kind: "failed", error } : attempt;
  } catch {
    return { kind: "failed", error };
  }
}

async function fetchAndCompare(
  options: PushAttemptOptions,
  batch: readonly PlannedRequest[],
  written: WrittenChanges | undefined,
  error: GitError,
): Promise<PushAttempt> {
  await options.fetch();
  if (written === undefined || !(await wasPushed(options.mirror, written.updates))) return { kind: "retry", error };
  resolveAll(batch, written);
  return { kind: "pushed" };
}

function resolveAll(batch: readonly PlannedRequest[], { applied }: WrittenChanges): void {
  for (const [index, { request, value }] of batch.entries()) {
    request.resolve({ value, refs: applied[index] ?? new Map() });
  }
}
