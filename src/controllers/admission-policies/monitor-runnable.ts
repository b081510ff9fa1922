import type { KubeClient } from "../../kube/client/client.ts";
import type { Clock } from "../../kube/clock.ts";
import type { Runnable } from "../../runtime/manager.ts";
import { unlessAborted } from "../../runtime/unless-aborted.ts";
import { selfSubjectReviews } from "../shared/kinds.ts";
import type { PolicyMonitor } from "./monitor.ts";
import type { PolicyCache } from "./policy-cache.ts";

/**
 * The start waits so long for the first lists, so that a restart reports no policies as unknown that are known a moment
 * later.
 */
const KNOWN_WITHIN_MS = 5_000;
/** No event reports that a watch is cut off, or that the API server has had time to enforce a policy again. */
const EVALUATE_EVERY_MS = 1_000;
const RETRY_MS = 2_000;
const POLL_MS = 20;

export interface MonitorRunnableOptions {
  readonly client: Pick<KubeClient, "create">;
  readonly caches: readonly Pick<PolicyCache, "informer" | "knowledge">[];
  readonly monitor: Pick<PolicyMonitor, "identify" | "identificationFailed" | "start" | "evaluate">;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Watches the policies until it is stopped. Starts in any case, at the latest after five seconds. */
export function monitorRunnable(options: MonitorRunnableOptions): Runnable {
  const { caches, monitor, clock } = options;
  const stopped = new AbortController();
  let loops: Promise<unknown> = Promise.resolve();
  return {
    name: "admission policies",
    start: async (stopping) => {
      for (const { informer } of caches) informer.start();
      const identified = identify(options, stopped.signal);
      const known = Promise.all([identified, ...caches.map((cache) => firstAnswer(cache, clock, stopped.signal))]);
      await unlessAborted(stopping, Promise.race([known, clock.sleep(KNOWN_WITHIN_MS, stopped.signal)]));
      monitor.start();
      loops = Promise.all([known, evaluateRegularly(monitor, clock, stopped.signal)]);
    },
    stop: async () => {
      stopped.abort();
      await Promise.all([loops, ...caches.map(async ({ informer }) => await informer.stop())]);
    },
  };
}

/** Resolves when a kind is listed, or is known not to be served. */
async function firstAnswer(cache: MonitorRunnableOptions["caches"][number], clock: Clock, signal: AbortSignal) {
  while (!signal.aborted && cache.knowledge().kind === "unknown") await clock.sleep(POLL_MS, signal);
}

async function evaluateRegularly(monitor: MonitorRunnableOptions["monitor"], clock: Clock, signal: AbortSignal) {
  while (!signal.aborted) {
    await clock.sleep(EVALUATE_EVERY_MS, signal);
    monitor.evaluate();
  }
}

/** Asks the API server for the operator's own user name until it answers: the policies exempt it. */
async function identify({ client, monitor, clock, onError }: MonitorRunnableOptions, signal: AbortSignal) {
  while (!signal.aborted) {
    try {
      const review = await client.create(selfSubjectReviews, { metadata: {} }, { signal });
      return monitor.identify(review.status?.userInfo?.username ?? "");
    } catch (error) {
      if (signal.aborted) return;
      onError(error);
      monitor.identificationFailed("the API server does not answer who the operator is (SelfSubjectReview)");
      await clock.sleep(RETRY_MS, signal);
    }
  }
}
