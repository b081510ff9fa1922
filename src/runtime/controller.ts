import { randomUUID } from "node:crypto";
import type { Logger } from "./log.ts";
import type { Runnable } from "./manager.ts";
import type { ControllerMetrics, ReconcileResult } from "./metrics.ts";
import { Slots } from "./workqueue/fair-semaphore.ts";
import { type Priority, WorkQueue, type WorkQueueOptions } from "./workqueue/workqueue.ts";

/** What a reconciliation wants next: nothing until something changes, or to be called again after a while. */
export type Outcome =
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
  readonly waitAside: WaitAside;
}

export type WaitAside = <T>(wait: () => Promise<T>) => Promise<T>;

/** What to do about an error. `quiet` is for what is no news, such as a conflict: logged at debug level. */
export type Verdict =
  | { readonly retry: "backoff"; readonly quiet?: boolean }
  | { readonly retry: "after"; readonly ms: number; readonly quiet?: boolean }
  | { readonly retry: "never" };

export interface ControllerOptions {
  readonly name: string;
  /** Keys worked on at a time; those that wait aside come on top. */
  readonly concurrency: number;
  readonly reconcile: (key: string, context: ReconcileContext) => Promise<Outcome>;
  /**
   * Who shares the workers, such as the namespace of a key: one of them has at most half of the workers that the others leave, and so
   * has each part (`a/x` of `a`) of those. The same for as long as a key is known. Left out: nobody shares them.
   */
  readonly sharerOf?: (key: string) => string;
  readonly log: Logger;
  readonly metrics?: ControllerMetrics;
  /** Knows errors that the runtime does not; undefined for the ordinary answer: TerminalError never, anything else with backoff. */
  readonly judge?: (error: unknown) => Verdict | undefined;
  readonly queue?: Pick<WorkQueueOptions, "backoff" | "random">;
}

export interface Controller extends Runnable {
  /** Asks for a reconciliation: now, or after a delay. */
  readonly enqueue: (key: string, options?: { readonly priority?: Priority; readonly afterMs?: number }) => void;
}

type Ending =
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | { readonly kind: "error"; readonly error: unknown; readonly verdict: Verdict };

/** Takes keys from a queue and reconciles them, as many at a time as there are slots; keys that come before `start` wait. */
export function createController(options: ControllerOptions): Controller {
  const { name, concurrency, metrics, sharerOf = () => "" } = options;
  const observer = metrics?.queueObserver(name);
  const slots = new Slots(concurrency, { shared: options.sharerOf !== undefined });
  const queue = new WorkQueue({
    ...options.queue,
    ...(observer === undefined ? {} : { observer }),
    sharing: { sharerOf, mayGo: (sharer) => slots.hasRoom(sharer) },
  });
  const aborted = new AbortController();
  const running = new Set<Promise<void>>();
  let dispatching = Promise.resolve();
  let stopping = false;

  const give = (sharer: string): void => {
    slots.give(sharer);
    queue.offer();
  };

  const work = async (key: string): Promise<void> => {
    const sharer = sharerOf(key);
    // There is room, unless something that waited aside came back just now: others are not to wait for that.
    const freed = slots.take(sharer);
    if (freed !== undefined) await freed;
    if (freed !== undefined && stopping) return slots.give(sharer);
    const waitAside: WaitAside = async (wait) => {
      give(sharer);
      try {
        return await wait();
      } finally {
        await slots.take(sharer);
      }
    };
    const log = options.log.child({ controller: name, object: key, reconcileID: randomUUID() });
    const ending = await runOnce(options, key, { signal: aborted.signal, log, waitAside });
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

async function runOnce(options: ControllerOptions, key: string, context: ReconcileContext): Promise<Ending> {
  const { name, metrics } = options;
  const started = performance.now();
  metrics?.started(name);
  let ending: Ending;
  try {
    ending = { kind: "outcome", outcome: await options.reconcile(key, context) };
  } catch (error) {
    ending = { kind: "error", error, verdict: judge(options, error) };
  }
  const terminal = ending.kind === "error" && ending.verdict.retry === "never";
  metrics?.finished(name, resultOf(ending), (performance.now() - started) / 1000, terminal);
  return ending;
}

function judge(options: ControllerOptions, error: unknown): Verdict {
  return options.judge?.(error) ?? { retry: error instanceof TerminalError ? "never" : "backoff" };
}

/** The one place that turns the end of a reconciliation into a call of the queue. */
function settle(queue: WorkQueue, key: string, ending: Ending): void {
  if (ending.kind === "outcome") {
    queue.forget(key);
    if ("requeueAfterMs" in ending.outcome) queue.addAfter(key, ending.outcome.requeueAfterMs, ending.outcome);
  } else if (ending.verdict.retry === "after") {
    queue.addAfter(key, ending.verdict.ms);
  } else if (ending.verdict.retry === "backoff") {
    queue.retry(key);
  } else {
    queue.forget(key);
  }
  queue.done(key);
}

function report(ending: Ending, log: Logger): void {
  if (ending.kind === "outcome") {
    log.debug("reconciled", { outcome: ending.outcome });
    return;
  }
  const { error, verdict } = ending;
  if (verdict.retry === "never") log.error("reconcile failed, not tried again", { error });
  else if (verdict.quiet === true) log.debug("reconcile failed, tried again", { error });
  else log.error("reconcile failed, tried again", { error });
}

function resultOf(ending: Ending): ReconcileResult {
  if (ending.kind === "error") return "error";
  if (!("requeueAfterMs" in ending.outcome)) return "success";
  return ending.outcome.requeueAfterMs > 0 ? "requeue_after" : "requeue";
}
