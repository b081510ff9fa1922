import type { Logger } from "./log.ts";
import type { ControllerMetrics, ReconcileResult } from "./metrics.ts";
import type { Priority } from "./workqueue/delayed-keys.ts";
import type { WorkQueue } from "./workqueue/workqueue.ts";

/** When a key is reconciled again; without `requeueAfterMs` only after a change. */
export interface Result {
  /** 0: at once. */
  readonly requeueAfterMs?: number;
  /** `low` for work that no user waits for; `high` if left out. */
  readonly priority?: Priority;
}

export const DONE: Result = {};

/** An error that a retry does not fix: logged once, not retried until the object changes. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
}

/** How an error is retried. `quiet` errors are expected, such as conflicts, and are logged at debug level. */
export type RetryDecision =
  | { readonly kind: "backoff"; readonly quiet?: boolean }
  | { readonly kind: "after"; readonly ms: number; readonly quiet?: boolean }
  | { readonly kind: "never" };

export interface ReconcileContext {
  /** Aborted when the program stops and its deadline has passed. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly releaseWorkerWhile: ReleaseWorkerWhile;
}

/**
 * Waits without occupying a worker, so that other keys are reconciled meanwhile, and returns once it has a worker
 * again. For waits that take long and hold little memory.
 */
export type ReleaseWorkerWhile = <T>(wait: () => Promise<T>) => Promise<T>;

export interface ReconcilerOptions {
  readonly name: string;
  readonly reconcile: (key: string, context: ReconcileContext) => Promise<Result>;
  readonly metrics?: ControllerMetrics;
  /** Undefined means the default: `TerminalError` never, any other error with backoff. */
  readonly classifyError?: (error: unknown) => RetryDecision | undefined;
}

export type Completion =
  | { readonly kind: "result"; readonly result: Result }
  | { readonly kind: "error"; readonly error: unknown; readonly decision: RetryDecision };

/** Reconciles a key and records metrics. Never rejects. */
export async function reconcileOnce(
  options: ReconcilerOptions,
  key: string,
  context: ReconcileContext,
): Promise<Completion> {
  const { name, metrics } = options;
  const started = performance.now();
  metrics?.started(name);
  let completion: Completion;
  try {
    completion = { kind: "result", result: await options.reconcile(key, context) };
  } catch (error) {
    completion = { kind: "error", error, decision: decideRetry(options, error) };
  }
  const terminal = completion.kind === "error" && completion.decision.kind === "never";
  metrics?.finished(name, toMetricResult(completion), (performance.now() - started) / 1000, terminal);
  return completion;
}

/** The last handler of an error: it must not throw, or the process would end for what one object has caused. */
function decideRetry(options: ReconcilerOptions, error: unknown): RetryDecision {
  try {
    return options.classifyError?.(error) ?? { kind: error instanceof TerminalError ? "never" : "backoff" };
  } catch {
    return { kind: "backoff" };
  }
}

/** Requeues a key as its completion says, and marks it as done. */
export function requeue(queue: WorkQueue, key: string, completion: Completion): void {
  if (completion.kind === "result") {
    const { requeueAfterMs, priority = "high" } = completion.result;
    queue.forget(key);
    if (requeueAfterMs !== undefined) queue.addAfter(key, requeueAfterMs, { priority });
  } else {
    requeueFailed(queue, key, completion.decision);
  }
  queue.done(key);
}

function requeueFailed(queue: WorkQueue, key: string, decision: RetryDecision): void {
  switch (decision.kind) {
    case "after":
      queue.addAfter(key, decision.ms);
      return;
    case "backoff":
      queue.addRateLimited(key);
      return;
    case "never":
      queue.forget(key);
  }
}

export function logCompletion(completion: Completion, log: Logger): void {
  if (completion.kind === "result") {
    log.debug("reconciled", { result: completion.result });
    return;
  }
  const { error, decision } = completion;
  if (decision.kind === "never") log.error("reconcile failed, not retried", { error });
  else if (decision.quiet === true) log.debug("reconcile failed, retried", { error });
  else log.error("reconcile failed, retried", { error });
}

function toMetricResult(completion: Completion): ReconcileResult {
  if (completion.kind === "error") return "error";
  const { requeueAfterMs } = completion.result;
  if (requeueAfterMs === undefined) return "success";
  return requeueAfterMs > 0 ? "requeue_after" : "requeue";
}
