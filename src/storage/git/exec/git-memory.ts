import { GitError } from "../errors.ts";
import { readGitChildren } from "./child-processes.ts";
import { LIMIT_SETTINGS } from "./limit-settings.ts";

const MIB = 1024 * 1024;
/** How often the memory of running processes is read, and the part of the limit at which the largest is ended. */
const INTERVAL_MS = 100;
const END_AT = 0.85;
/** What a command that has just begun counts, and for how long: it has not read much yet. */
const CLAIM_BYTES = 24 * MIB;
const CLAIM_MS = 1000;
/** How long a command waits for memory before the largest other one is ended, if that has a quarter of all or more. */
const PATIENCE_MS = 10_000;

interface Tracked {
  /** It lives on while it has nothing to do. */
  readonly isReader: boolean;
  readonly end: (error: GitError) => void;
}

interface Waiter {
  readonly since: number;
  readonly admit: () => void;
}

/**
 * Bounds the memory of all git processes together. A remote decides how much its own need: each has a limit of its own,
 * whose sum over all commands that may run at once is far above what the container has. So it is measured: commands that
 * may need much wait until there is room, and the largest one is ended when the sum comes near the limit.
 */
export class GitMemory {
  readonly #limitBytes: number;
  readonly #tracked = new Map<number, Tracked>();
  readonly #waiters: Waiter[] = [];
  /** When commands were admitted that have not read much yet. */
  #admitted: readonly number[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Waits until there is room for a command that may need much. Throws the signal's reason. */
  async admit(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiters.length === 0 && this.#hasRoom(readGitChildren())) return this.#admit();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { since: performance.now(), admit: resolve };
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    this.#waiters.push(waiter);
    this.#schedule();
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      const at = this.#waiters.indexOf(waiter);
      if (at >= 0) this.#waiters.splice(at, 1);
    }
  }

  /** Counts a process; `end` kills it and what it has started. Returns a function to call when it has ended. */
  track(pid: number | undefined, end: (error: GitError) => void, isReader = false): () => void {
    if (pid === undefined) return () => {};
    this.#tracked.set(pid, { end, isReader });
    this.#schedule();
    return () => void this.#tracked.delete(pid);
  }

  #schedule(): void {
    this.#timer ??= setInterval(() => this.#look(), INTERVAL_MS).unref();
  }

  #look(): void {
    if (this.#tracked.size === 0 && this.#waiters.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const children = readGitChildren();
    const isUrgent = performance.now() - (this.#waiters[0]?.since ?? Number.POSITIVE_INFINITY) > PATIENCE_MS;
    if (sumOf(children) > END_AT * this.#limitBytes) this.#endLargest(children, 0);
    else if (isUrgent && !this.#hasRoom(children)) this.#endLargest(children, this.#limitBytes / 4);
    else if (this.#waiters.length > 0 && this.#hasRoom(children)) {
      this.#admit();
      this.#waiters.shift()?.admit();
    }
  }

  /** A command that is alone always has. */
  #hasRoom(children: ReadonlyMap<number, number>): boolean {
    const now = performance.now();
    this.#admitted = this.#admitted.filter((at) => now - at < CLAIM_MS);
    const isAlone = this.#admitted.length === 0 && [...this.#tracked.values()].every(({ isReader }) => isReader);
    const claimed = CLAIM_BYTES * (this.#admitted.length + 1);
    return isAlone || sumOf(children) + claimed <= END_AT * this.#limitBytes;
  }

  #admit(): void {
    this.#admitted = [...this.#admitted, performance.now()];
  }

  #endLargest(children: ReadonlyMap<number, number>, atLeast: number): void {
    const candidates = [...children].filter(([pid, bytes]) => this.#tracked.has(pid) && bytes >= atLeast);
    const [pid, bytes] = candidates.reduce((a, b) => (b[1] > a[1] ? b : a), [0, -1] as [number, number]);
    const largest = this.#tracked.get(pid);
    if (largest === undefined) return;
    this.#tracked.delete(pid);
    largest.end(this.#error(bytes));
  }

  #error(bytes: number): GitError {
    const half = bytes > this.#limitBytes / 2 ? "more than half" : "less than half";
    return new GitError(
      "MemoryLimitExceeded",
      `git was ended, since all git processes together may use ${Math.round(this.#limitBytes / MIB)} MiB of memory ` +
        `(${LIMIT_SETTINGS.totalMemoryBytes}), and this one used the most, ${half} of it`,
    );
  }
}

function sumOf(children: ReadonlyMap<number, number>): number {
  return [...children.values()].reduce((sum, bytes) => sum + bytes, 0);
}
