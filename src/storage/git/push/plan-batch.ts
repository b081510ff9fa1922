import { GitError } from "../errors.ts";
import { inBatches } from "../in-batches.ts";
import type { Mirror } from "../mirror/mirror.ts";
import { checkChange } from "../objects/write-objects.ts";
import type { RefusedRef } from "../refs/ref-table.ts";
import type { GitChange } from "./change.ts";
import { SharedPush } from "./shared-push.ts";
import type { QueuedRequest } from "./write-request.ts";

/** Plans that run concurrently: each may read a whole package into memory. */
const MAX_CONCURRENT_PLANS = 16;

/** A request with the change that its plan decided on. */
export interface PlannedRequest {
  readonly request: QueuedRequest;
  readonly change: GitChange;
  readonly value: unknown;
}

export interface PlannedBatch {
  /** Can share one push. */
  readonly batch: readonly PlannedRequest[];
  /** Must be planned again after that push. */
  readonly deferred: readonly QueuedRequest[];
}

/** Plans requests against the mirror's current refs, and settles those whose plan aborts or throws. Never throws. */
export async function planBatch(mirror: Mirror, requests: readonly QueuedRequest[]): Promise<PlannedBatch> {
  // No ref moves meanwhile, so concurrent plans read the same refs as consecutive ones would.
  const refused = mirror.refusedRefs();
  const planned = await inBatches(requests, MAX_CONCURRENT_PLANS, (request) => planOne(mirror, refused, request));
  const push = new SharedPush();
  const isNew = (ref: string) => !mirror.refs().has(ref);
  const batch: PlannedRequest[] = [];
  const deferred: QueuedRequest[] = [];
  for (const one of planned) {
    if (one === undefined) continue;
    if (push.add(one.change, isNew)) batch.push(one);
    else deferred.push(one.request);
  }
  return { batch, deferred };
}

/** Undefined: the request is settled. */
async function planOne(
  mirror: Mirror,
  refused: ReadonlyMap<string, RefusedRef>,
  request: QueuedRequest,
): Promise<PlannedRequest | undefined> {
  try {
    const plan = await request.plan(mirror);
    if (plan.kind === "abort") {
      request.resolve({ value: plan.value });
      return undefined;
    }
    checkChange(plan.change);
    checkReadable(refused, plan.change);
    checkRefConflicts(mirror, plan.change);
    return { request, change: plan.change, value: plan.value };
  } catch (error) {
    request.reject(error);
    return undefined;
  }
}

/** A ref that the remote has and the mirror does not hold would be pushed as a new one, and lose every race. */
function checkReadable(refused: ReadonlyMap<string, RefusedRef>, change: GitChange): void {
  for (const { ref } of change.steps) {
    const found = refused.get(ref);
    if (found === undefined) continue;
    throw new GitError("BadObjects", `${ref} is there on the remote, and cannot be read: ${found.message}`);
  }
}

function checkRefConflicts(mirror: Mirror, change: GitChange): void {
  const refs = mirror.refs();
  for (const { kind, ref } of change.steps) {
    // git push resolves its target in all folders of refs, and fails if it is ambiguous.
    const ambiguous = [`refs/heads/${ref}`, `refs/tags/${ref}`].find((name) => refs.has(name));
    if (ambiguous !== undefined) throw refConflict(`${ref} cannot be pushed while ${ambiguous} exists`);
    if (kind === "delete") continue;
    if (refs.has(ref)) {
      if (kind === "tag") throw refConflict(`${ref} exists already`);
      continue;
    }
    const other = mirror.findConflict(ref);
    if (other !== undefined) throw refConflict(`${ref} cannot exist beside ${other}`);
  }
}

function refConflict(message: string): GitError {
  return new GitError("RefConflict", message);
}
