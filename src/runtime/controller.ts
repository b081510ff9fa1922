import { randomUUID } from "node:crypto";
import type { Logger } from "./log.ts";
import type { Runnable } from "./manager.ts";
import type { ControllerMetrics, ReconcileResult } from "./metrics.ts";
import { FairSemaphore } from "./workqueue/fair-semaphore.ts";
import { type Priority, WorkQueue, type WorkQueueOptions } from "./workqueue/workqueue.ts";

/** What a reconciliation wants next: nothing until something changes, or to be called again after a while. */
export type Result =
  | { readonly done: true }
  | {
      readonly requeueAfterMs: number;
      /** `low` for what nobody waits for. */
      readonly priority?: Priority;
    };

/** A failure that trying again does not mend: logged once, and left until the object changes. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
}

export interface ReconcileContext {
  /** Aborted when the program stops and waiting for this reconciliation takes too long. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Waits for something while other keys are worked on: for what takes long and holds next to nothing in memory. */
  readonly releaseWorkerWhile: ReleaseWorkerWhile;
}

export type ReleaseWorkerWhile = <T>(wait: () => Promise<T>) => Promise<T>;

/** What to do about an error. `quiet` is for what is no news, such as a conflict: logged at debug level. */
export type RetryDecision =
  | { readonly retry: "backoff"; readonly quiet?: boolean }
  | { readonly retry: "after"; readonly ms: number; readonly quiet?: boolean }
  | { readonly retry: "never" };

export interface ControllerOptions {
  readonly name: string;
  /** Keys worked on at a time; those that wait aside come on top. */
  readonly concurrency: number;
  readonly reconcile: (key: string, context: ReconcileContext) => Promise<Result>;
  /**
   * Who shares the workers, such as the namespace of a key: one of them has at most half of the workers that the others leave, and so
   * has each part (`a/x` of `a`) of those. The same for as long as a key is known. Left out: nobody shares them.
   */
  readonly flowOf?: (key: string) => string;
  readonly log: Logger;
  readonly metrics?: ControllerMetrics;
  /** Knows errors that the runtime does not; undefined for the ordinary answer: TerminalError never, anything else with backoff. */
  readonly classifyError?: (error: unknown) => RetryDecision | undefined;
  readonly queue?: Pick<WorkQueueOptions, "backoff" | "random">;
}

export interface Controller extends Runnable {
  /** Asks for a reconciliation: now, or after a delay. */
  readonly enqueue: (key: string, options?: { readonly priority?: Priority; readonly afterMs?: number }) => void;
}

type Completion =
  | { readonly kind: "outcome"; readonly outcome: Result }
  | { readonly kind: "error"; readonly error: unknown; readonly verdict: RetryDecision };

/** Takes keys from a queue and reconciles them, as many at a time as there are slots; keys that come before `start` wait. */
export function createController(options: ControllerOptions): Controller {
  const { name, concurrency, metrics, flowOf = () => "" } = options;
  const observer = metrics?.queueObserver(name);
  const slots = new FairSemaphore(concurrency, { shared: options.flowOf !== undefined });
  const queue = new WorkQueue({
    ...options.queue,
    ...(observer === undefined ? {} : { observer }),
    flowControl: { flowOf, hasSeat: (sharer) => slots.hasSeat(sharer) },
  });
  const aborted = new AbortController();
  const running = new Set<Promise<void>>();
  let dispatching = Promise.resolve();
  let stopping = false;

  const give = (sharer: string): void => {
    slots.release(sharer);
    queue.dispatch();
  };

  const work = async (key: string): Promise<void> => {
    const sharer = flowOf(key);
    // There is room, unless something that waited aside came back just now: others are not to wait for that.
    const freed = slots.acquire(sharer);
    if (freed !== undefined) await freed;
    if (freed !== undefined && stopping) return slots.release(sharer);
    const releaseWorkerWhile: ReleaseWorkerWhile = async (wait) => {
      give(sharer);
      try {
        return await wait();
      } finally {
        await slots.acquire(sharer);
      }
    };
    const log = options.log.child({ controller: name, object: key, reconcileID: randomUUID() });
    const ending = await runOnce(options, key, { signal: aborted.signal, log, releaseWorkerWhile });
    if (!aborted.signal.aborted) report(ending, log);
    settle(queue, key, ending);
    give(sharer);
  };

  const dispatch = async (): Promise<void> => {
    for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
      const worked = work(key).finally(() => running.delete(worked));
      running.add(worked);
    }
  };

  return {
    name,
    enqueue: (key, { priority = "high", afterMs = 0 } = {}) => queue.addAfter(key, afterMs, { priority }),
    start: async () => {
      metrics?.register(name, concurrency);
      dispatching = dispatch();
    },
    stop: async (deadline) => {
      stopping = true;
      queue.close();
      const abort = () => aborted.abort(deadline.reason);
      if (deadline.aborted) abort();
      else deadline.addEventListener("abort", abort, { once: true });
      await dispatching;
      await Promise.all(running);
      deadline.removeEventListener("abort", abort);
    },
  };
}

async function runOnce(options: ControllerOptions, key: string, context: ReconcileContext): Promise<Completion> {
  const { name, metrics } = options;
  const started = performance.now();
  metrics?.started(name);
  let ending: Completion;
  try {
    ending = { kind: "outcome", outcome: await options.reconcile(key, context) };
  } catch (error) {
    ending = { kind: "error", error, verdict: classifyError(options, error) };
  }
  const terminal = ending.kind === "error" && ending.verdict.retry === "never";
  metrics?.finished(name, resultOf(ending), (performance.now() - started) / 1000, terminal);
  return ending;
}

function classifyError(options: ControllerOptions, error: unknown): RetryDecision {
  return options.classifyError?.(error) ?? { retry: error instanceof TerminalError ? "never" : "backoff" };
}

/** The one place that turns the end of a reconciliation into a call of the queue. */
function settle(queue: WorkQueue, key: string, ending: Completion): void {
  if (ending.kind === "outcome") {
    queue.forget(key);
    if ("requeueAfterMs" in ending.outcome) queue.addAfter(key, ending.outcome.requeueAfterMs, ending.outcome);
  } else if (ending.verdict.retry === "after") {
    queue.addAfter(key, ending.verdict.ms);
  } else if (ending.verdict.retry === "backoff") {
    queue.addRateLimited(key);
  } else {
    queue.forget(key);
  }
  queue.done(key);
}

function report(ending: Completion, log: Logger): void {
  if (ending.kind === "outcome") {
    log.debug("reconciled", { outcome: ending.outcome });
    return;
  }
  const { error, verdict } = ending;
  if (verdict.retry === "never") log.error("reconcile failed, not tried again", { error });
  else if (verdict.quiet === true) log.debug("reconcile failed, tried again", { error });
  else log.error("reconcile failed, tried again", { error });
}

function resultOf(ending: Completion): ReconcileResult {
  if (ending.kind === "error") return "error";
  if (!("requeueAfterMs" in ending.outcome)) return "success";
  return ending.outcome.requeueAfterMs > 0 ? "requeue_after" : "requeue";
}
