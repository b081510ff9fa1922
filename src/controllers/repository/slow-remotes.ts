import { setTimeout } from "node:timers/promises";
import type { ReleaseWorkerWhile } from "../../runtime/reconcile.ts";

/** A remote that takes longer is slow. */
const SLOW_AFTER_MS = 2000;
/** Slow remotes that are waited for without a worker. Each has a git process. */
const MAX_WAITING = 64;
const MAX_WAITING_IN_NAMESPACE = 32;

/**
 * Waits for slow remotes without a worker: those that do not answer must not delay the others, in their own namespace
 * either. Where too many are waited for already, they keep their workers.
 */
export class SlowRemotes {
  readonly #slowAfterMs: number;
  /** By namespace. */
  readonly #waiting = new Map<string, number>();
  #total = 0;

  constructor({ slowAfterMs = SLOW_AFTER_MS } = {}) {
    this.#slowAfterMs = slowAfterMs;
  }

  /** The result of `work`, which asks a remote. */
  async waitFor<T>(namespace: string, work: Promise<T>, releaseWorkerWhile: ReleaseWorkerWhile): Promise<T> {
    if (!(await this.#isSlow(work)) || !this.#hasRoom(namespace)) return await work;
    this.#count(namespace, 1);
    try {
      return await releaseWorkerWhile(() => work);
    } finally {
      this.#count(namespace, -1);
    }
  }

  async #isSlow(work: Promise<unknown>): Promise<boolean> {
    const settled = new AbortController();
    const end = () => settled.abort();
    work.then(end, end);
    try {
      await setTimeout(this.#slowAfterMs, undefined, { signal: settled.signal });
      return true;
    } catch {
      return false;
    }
  }

  #hasRoom(namespace: string): boolean {
    return this.#total < MAX_WAITING && (this.#waiting.get(namespace) ?? 0) < MAX_WAITING_IN_NAMESPACE;
  }

  #count(namespace: string, change: 1 | -1): void {
    this.#total += change;
    const waiting = (this.#waiting.get(namespace) ?? 0) + change;
    if (waiting === 0) this.#waiting.delete(namespace);
    else this.#waiting.set(namespace, waiting);
  }
}
