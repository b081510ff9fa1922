import { Histogram, type Registry } from "prom-client";
import type { Runnable } from "./manager.ts";

export interface EventLoopMonitorOptions {
  readonly registry: Registry;
  /** Called each time that the loop is free. */
  readonly onFree: () => void;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** CPU time of this thread, in milliseconds. */
  readonly cpuMs?: () => number;
}

const INTERVAL_MS = 250;
/** Seconds. */
const BUCKETS = [0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];
/** Work of so long at a stretch is reported by `check`, for the time below. */
const BUSY_MS = 5_000;
const REPORTED_MS = 30_000;

/**
 * Measures for how long the event loop is not free. Delays are measured by the clock, so that a stopped process and a
 * busy machine count; work by CPU time, which blames only what this thread has done.
 */
export class EventLoopMonitor implements Runnable {
  readonly name = "event loop";
  readonly #options: Required<EventLoopMonitorOptions>;
  readonly #delay: Histogram;
  #timer: NodeJS.Timeout | undefined;
  #last: { readonly at: number; readonly cpuMs: number } | undefined;
  /** The last stretch of work that was too long. */
  #busy: { readonly ms: number; readonly endedAt: number } | undefined;

  constructor(options: EventLoopMonitorOptions) {
    this.#options = { now: () => performance.now(), cpuMs: threadCpuMs, ...options };
    this.#delay = new Histogram({
      name: "pkgserver_event_loop_delay_seconds",
      help: "How much later than planned the event loop runs a timer, four times a second.",
      buckets: BUCKETS,
      registers: [options.registry],
    });
  }

  async start(): Promise<void> {
    this.#last = { at: this.#options.now(), cpuMs: this.#options.cpuMs() };
    this.#options.onFree();
    this.#timer = setInterval(() => this.#measure(), INTERVAL_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
  }

  /** Throws if the loop was busy for seconds at a stretch, within the last half minute. */
  check(): void {
    const { ms, endedAt } = this.#busy ?? { ms: 0, endedAt: Number.NEGATIVE_INFINITY };
    const agoMs = this.#options.now() - endedAt;
    if (agoMs > REPORTED_MS) return;
    throw new Error(`it was busy for ${(ms / 1000).toFixed(1)} s, ${Math.round(agoMs / 1000)} s ago`);
  }

  #measure(): void {
    const { now, cpuMs, onFree } = this.#options;
    const last = this.#last ?? { at: now(), cpuMs: cpuMs() };
    const next = { at: now(), cpuMs: cpuMs() };
    this.#last = next;
    onFree();
    this.#delay.observe(Math.max(0, next.at - last.at - INTERVAL_MS) / 1000);
    const worked = next.cpuMs - last.cpuMs;
    if (worked >= BUSY_MS) this.#busy = { ms: worked, endedAt: next.at };
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
