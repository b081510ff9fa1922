import { GitError } from "../errors.ts";
import { killChildren, readGitChildren, treeBytes } from "./child-processes.ts";
import { LIMIT_SETTINGS } from "./limits.ts";

const MIB = 1024 * 1024;
/** The part of the limit at which the largest process is ended: all of them grow until the next measurement. */
const END_AT = 0.85;
/** How often seats are measured, and all other processes. */
const SEATS_MS = 25;
const OTHERS_MS = 500;
/** What a command counts at least while it is young: it has not read much yet. */
const CLAIM_BYTES = 32 * MIB;
/** Mirrors whose last need is remembered. */
const MAX_NEEDS = 1000;
const YOUNG_MS = 3000;
/** How long the memory of a process that was ended counts as free soon. */
const ENDING_MS = 1000;
/** How long a command waits for memory before the largest other one is ended, if that has a quarter of all or more. */
const PATIENCE_MS = 10_000;

/** The right to run one command that may need much memory. */
export interface MemorySeat {
  /** Call when the command has ended. */
  readonly release: () => void;
}

interface Seat extends MemorySeat {
  readonly since: number;
  readonly flow: string;
  /** The most memory of the last command with this key, in bytes. */
  readonly need: number;
  pid?: number;
  peak: number;
}

interface Waiter {
  readonly since: number;
  readonly flow: string;
  readonly need: number;
  readonly admit: () => void;
}

/**
 * Bounds the memory of all git processes together. How much one needs depends on its remote. Each has a limit, but the
 * sum of the limits of all that may run at once is far above what the container has. So memory is measured: a command
 * that may need much waits until enough is free, and near the limit the largest process is ended.
 */
export class GitMemory {
  readonly #limitBytes: number;
  readonly #seats = new Set<Seat>();
  /** Process id → how to end it. */
  readonly #tracked = new Map<number, (error: GitError) => void>();
  /** Process id → when it was ended; its memory may still be there. */
  readonly #ending = new Map<number, number>();
  readonly #waiters: Waiter[] = [];
  /** Key → the most memory of its last command, in bytes; only above what any command counts. */
  readonly #needs = new Map<string, number>();
  /** The last measurement of all processes. */
  #measured: ReadonlyMap<number, number> = new Map();
  #measuredAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /**
   * Waits for a seat. `key`: equal for commands that may need as much as each other: one that was ended, and is tried
   * again, waits for the room that it needs. `flow`: whose memory it is, such as a namespace; of those that wait, the
   * flow with the fewest seats is next. Throws the signal's reason.
   */
  async admit(key: string, signal: AbortSignal, flow = ""): Promise<MemorySeat> {
    signal.throwIfAborted();
    const need = this.#needs.get(key) ?? 0;
    if (this.#waiters.length === 0 && this.#hasRoom(this.#measure(), need)) return this.#addSeat(key, need, flow);
    const { promise, resolve, reject } = Promise.withResolvers<MemorySeat>();
    const admit = () => resolve(this.#addSeat(key, need, flow));
    const waiter = { since: performance.now(), flow, need, admit };
    const onAbort = () => {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort);
    this.#waiters.push(waiter);
    this.#cancelTimer();
    this.#schedule();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Counts a process; `end` kills it and what it has started. Returns a function to call when it has ended. */
  track(pid: number | undefined, end: (error: GitError) => void, seat?: MemorySeat): () => void {
    if (pid === undefined) return () => {};
    this.#tracked.set(pid, end);
    for (const one of this.#seats) if (one === seat) one.pid = pid;
    if (seat !== undefined) this.#cancelTimer();
    this.#schedule();
    return () => void this.#tracked.delete(pid);
  }

  #addSeat(key: string, need: number, flow: string): MemorySeat {
    const seat: Seat = {
      since: performance.now(),
      flow,
      need,
      peak: 0,
      release: () => {
        if (!this.#seats.delete(seat)) return;
        this.#remember(key, seat.peak);
        if (this.#waiters.length > 0) this.#look();
      },
    };
    this.#seats.add(seat);
    return seat;
  }

  #remember(key: string, peak: number): void {
    this.#needs.delete(key);
    if (peak > CLAIM_BYTES) this.#needs.set(key, peak);
    for (const oldest of this.#needs.keys()) if (this.#needs.size > MAX_NEEDS) this.#needs.delete(oldest);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#tracked.size + this.#waiters.length === 0) return;
    const isBusy = this.#seats.size + this.#waiters.length > 0;
    const look = () => {
      this.#timer = undefined;
      this.#look();
      this.#schedule();
    };
    this.#timer = setTimeout(look, isBusy ? SEATS_MS : OTHERS_MS).unref();
  }

  /** The next measurement may be half a second away. */
  #cancelTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const processes = this.#measure();
    const hasRoom = ({ need }: Waiter) => this.#hasRoom(processes, need);
    const first = this.#nextWaiter();
    const isUrgent = first !== undefined && performance.now() - first.since > PATIENCE_MS;
    if (isUrgent && this.#sumOfEnding(processes) === 0 && !hasRoom(first)) this.#makeRoom(processes, first);
    for (let sum = sumOf(processes) - this.#sumOfEnding(processes); sum > END_AT * this.#limitBytes; ) {
      const ended = this.#endLargest(processes, 0);
      if (ended === 0) break;
      sum -= ended;
    }
    for (let next = this.#nextWaiter(); next !== undefined && hasRoom(next); next = this.#nextWaiter()) {
      this.#waiters.splice(this.#waiters.indexOf(next), 1);
      next.admit();
    }
  }

  /** The memory that is about to be free: nothing else needs to be ended for it. */
  #sumOfEnding(processes: ReadonlyMap<number, number>): number {
    const now = performance.now();
    for (const [pid, since] of this.#ending) if (now - since > ENDING_MS) this.#ending.delete(pid);
    return [...this.#ending.keys()].reduce((sum, pid) => sum + (processes.get(pid) ?? 0), 0);
  }

  /** The first of the flow that has the fewest seats. */
  #nextWaiter(): Waiter | undefined {
    const seats = Map.groupBy(this.#seats, ({ flow }) => flow);
    const seatsOf = ({ flow }: Waiter) => seats.get(flow)?.length ?? 0;
    return this.#waiters.reduce<Waiter | undefined>(
      (best, one) => (best === undefined || seatsOf(one) < seatsOf(best) ? one : best),
      undefined,
    );
  }

  /** Ends the largest command, or the largest of another flow whose commands together have a quarter of all. */
  #makeRoom(processes: ReadonlyMap<number, number>, { flow }: Waiter): void {
    const quarter = this.#limitBytes / 4;
    if (this.#endLargest(processes, quarter) > 0) return;
    const others = Map.groupBy(this.#seats, (seat) => seat.flow);
    others.delete(flow);
    const byPid = (seats: readonly Seat[]) =>
      new Map(seats.flatMap(({ pid }) => (pid === undefined ? [] : [[pid, processes.get(pid) ?? 0] as const])));
    const largest = [...others.values()].map(byPid).sort((a, b) => sumOf(b) - sumOf(a))[0];
    if (largest !== undefined && sumOf(largest) >= quarter) this.#endLargest(largest, 0);
  }

  /** All processes seldom: there is one for each mirror. Those with seats each time. */
  #measure(): ReadonlyMap<number, number> {
    const now = performance.now();
    if (now - this.#measuredAt > OTHERS_MS) {
      this.#measured = readGitChildren();
      this.#measuredAt = now;
    }
    const processes = new Map(this.#measured);
    for (const seat of this.#seats) {
      if (seat.pid === undefined) continue;
      const bytes = treeBytes(seat.pid);
      seat.peak = Math.max(seat.peak, bytes);
      processes.set(seat.pid, bytes);
    }
    return processes;
  }

  /** A command that is alone always has. */
  #hasRoom(processes: ReadonlyMap<number, number>, need: number): boolean {
    const now = performance.now();
    let sum = sumOf(processes);
    for (const seat of this.#seats) {
      const bytes = seat.pid === undefined ? 0 : (processes.get(seat.pid) ?? 0);
      const claim = Math.max(seat.need, now - seat.since < YOUNG_MS ? CLAIM_BYTES : 0);
      sum += Math.max(claim - bytes, 0);
    }
    return this.#seats.size === 0 || sum + Math.max(need, CLAIM_BYTES) <= END_AT * this.#limitBytes;
  }

  /** Returns how many bytes it had; 0 if there is none that can be ended. */
  #endLargest(processes: ReadonlyMap<number, number>, atLeast: number): number {
    const candidates = [...processes].filter(([pid, bytes]) => this.#tracked.has(pid) && bytes >= atLeast);
    const [pid, bytes] = candidates.reduce((a, b) => (b[1] > a[1] ? b : a), [0, 0] as [number, number]);
    const end = this.#tracked.get(pid);
    if (end === undefined) return 0;
    // Its memory counts until it has ended.
    this.#tracked.delete(pid);
    this.#ending.set(pid, performance.now());
    killChildren(pid);
    end(this.#error(bytes));
    return bytes;
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
