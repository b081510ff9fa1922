import type { AppliedRefs, Change, Person } from "../core/change/change.ts";
import { BatchPlan } from "./batch.ts";
import { GitError } from "./errors.ts";
import type { Mirror } from "./mirror.ts";
import { push, type RefRejection, rejectionError } from "./push.ts";
import type { RefChange } from "./refs.ts";
import { checkChange, type RefUpdate, type WrittenChanges, writeObjects } from "./write.ts";

export type Plan<T> = { readonly change: Change; readonly value: T } | { readonly stop: T };

export interface WriteRequest<T> {
  /** For logs. */
  readonly name: string;
  /**
   * Looks at the mirror as it is now and says what to do; called again, from scratch, whenever the remote has moved.
   * `stop`: nothing is to be written.
   */
  readonly plan: (mirror: Mirror) => Promise<Plan<T>>;
}

export interface WriteResult<T> {
  readonly value: T;
  /** Absent when the plan stopped. */
  readonly refs?: AppliedRefs;
}

export interface WriterOptions {
  readonly mirror: Mirror;
  readonly committer: Person;
  readonly now: () => Date;
  /** Called for all that fetches found, whoever caused them. */
  readonly onChanges?: (changes: readonly RefChange[]) => void;
  readonly maxBatch?: number;
  readonly maxTries?: number;
}

interface Entry {
  readonly name: string;
  readonly plan: (mirror: Mirror) => Promise<Plan<unknown>>;
  readonly resolve: (result: WriteResult<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

interface Planned {
  readonly entry: Entry;
  readonly change: Change;
  readonly value: unknown;
}

interface FetchWaiter {
  readonly resolve: (changes: readonly RefChange[]) => void;
  readonly reject: (error: unknown) => void;
}

type Attempt =
  | { readonly kind: "done" }
  | { readonly kind: "again"; readonly error: GitError }
  | { readonly kind: "refused"; readonly perRef: readonly RefRejection[] }
  | { readonly kind: "failed"; readonly error: unknown };

/**
 * The one writer of a repository: pushes and fetches, one at a time. Requests that wait together go out together, in one
 * atomic push; a request that the remote refuses fails alone. A request that succeeded was pushed exactly once.
 */
export class RepositoryWriter {
  readonly #options: WriterOptions;
  readonly #mirror: Mirror;
  #queue: Entry[] = [];
  #fetches: FetchWaiter[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#mirror = options.mirror;
  }

  /**
   * Plans and pushes a change. Rejects with what the plan threw, or a `GitError`: `PushRejected`, `RefConflict`,
   * `InvalidChange`, `LeaseLost` (the remote moved at every try), or why the remote could not be reached.
   */
  submit<T>(request: WriteRequest<T>): Promise<WriteResult<T>> {
    return new Promise<WriteResult<T>>((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      // The value that goes back is the one this very plan made, so the entry's `unknown` is a T.
      this.#queue.push({ ...request, resolve: resolve as (result: WriteResult<unknown>) => void, reject });
      this.#start();
    });
  }

  /** Fetches between pushes; callers that wait together share one fetch. */
  fetch(): Promise<readonly RefChange[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      this.#fetches.push({ resolve, reject });
      this.#start();
    });
  }

  /** Refuses what waits, ends what runs and closes the mirror. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of [...this.#queue.splice(0), ...this.#fetches.splice(0)]) reject(closedError());
    await this.#mirror.close();
    await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#queue.length > 0 || this.#fetches.length > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    // Requests made in the same turn belong together.
    await new Promise(setImmediate);
    while (this.#queue.length > 0 || this.#fetches.length > 0) {
      if (this.#fetches.length > 0) await this.#answerFetches(this.#fetches.splice(0));
      const entries = this.#queue.splice(0, this.#options.maxBatch ?? 100);
      if (entries.length > 0) await this.#runBatch(entries);
      if (this.#queue.length === 0) await this.#tidy();
    }
  }

  async #answerFetches(waiters: readonly FetchWaiter[]): Promise<void> {
    try {
      const changes = await this.#fetchNow();
      for (const { resolve } of waiters) resolve(changes);
    } catch (error) {
      for (const { reject } of waiters) reject(error);
    }
  }

  async #fetchNow(): Promise<readonly RefChange[]> {
    const changes = await this.#mirror.fetch();
    if (changes.length > 0) this.#options.onChanges?.(changes);
    return changes;
  }

  /** Settles every entry, or puts it back to the head of the queue. Never throws. */
  async #runBatch(entries: readonly Entry[]): Promise<void> {
    let rest = entries;
    let lost = new GitError("LeaseLost", "the repository moved at every try");
    for (let left = this.#options.maxTries ?? 8; left > 0; left--) {
      const batch = await this.#planBatch(rest);
      if (batch.length === 0) return;
      const attempt = await this.#attempt(batch, rest === entries);
      rest = batch.map(({ entry }) => entry);
      switch (attempt.kind) {
        case "done":
          return;
        case "again":
          lost = attempt.error;
          break;
        case "refused":
          return await this.#isolate(batch, attempt.perRef);
        case "failed":
          return await this.#splitOrReject(rest, attempt.error);
      }
    }
    for (const { reject } of rest) reject(lost);
  }

  async #planBatch(entries: readonly Entry[]): Promise<Planned[]> {
    const plan = new BatchPlan();
    const isNew = (ref: string) => !this.#mirror.refs().has(ref);
    const batch: Planned[] = [];
    const later: Entry[] = [];
    for (const entry of entries) {
      try {
        const planned = await entry.plan(this.#mirror);
        if ("stop" in planned) {
          entry.resolve({ value: planned.stop });
          continue;
        }
        checkChange(planned.change);
        this.#checkNames(planned.change);
        if (plan.add(planned.change, isNew)) batch.push({ entry, ...planned });
        else later.push(entry);
      } catch (error) {
        entry.reject(error);
      }
    }
    this.#queue.unshift(...later);
    return batch;
  }

  #checkNames(change: Change): void {
    for (const { kind, ref } of change.steps) {
      const exists = this.#mirror.refs().has(ref);
      if (kind === "tag" && exists) throw new GitError("RefConflict", `${ref} exists already`);
      const other = kind === "delete" || exists ? undefined : this.#mirror.findConflict(ref);
      if (other !== undefined) throw new GitError("RefConflict", `${ref} cannot exist beside ${other}`);
    }
  }

  async #attempt(batch: readonly Planned[], first: boolean): Promise<Attempt> {
    let written: WrittenChanges | undefined;
    try {
      const stamp = { committer: this.#options.committer, now: this.#options.now() };
      const changes = batch.map(({ change }) => change);
      written = await writeObjects(this.#mirror, changes, stamp);
      const outcome = await push(this.#mirror, written.updates);
      if (outcome.kind === "pushed") {
        settle(batch, written);
        return { kind: "done" };
      }
      if (!outcome.perRef.some(({ why }) => why === "lease")) return { kind: "refused", perRef: outcome.perRef };
      // Not only others win races: libcurl sends a request again when an old connection breaks, so git may have pushed
      // twice and report how the second time went.
      return await this.#compare(batch, written, new GitError("LeaseLost", "the repository moved at every try"));
    } catch (error) {
      return await this.#afterFailure(batch, written, error, first);
    }
  }

  /** No answer: the remote may have taken the push. What its refs hold now says so. */
  async #afterFailure(
    batch: readonly Planned[],
    written: WrittenChanges | undefined,
    error: unknown,
    first: boolean,
  ): Promise<Attempt> {
    if (!(error instanceof GitError && error.retryable) || this.#closed) return { kind: "failed", error };
    const damaged = error.reason === "MirrorCorrupt";
    if (damaged) this.#mirror.reportDamage();
    try {
      const attempt = await this.#compare(batch, written, error);
      // Cloning anew takes long, and did not help the first time.
      return damaged && !first && attempt.kind === "again" ? { kind: "failed", error } : attempt;
    } catch {
      return { kind: "failed", error };
    }
  }

  /** Fetches: the push has happened, or everything is planned again. */
  async #compare(batch: readonly Planned[], written: WrittenChanges | undefined, error: GitError): Promise<Attempt> {
    await this.#fetchNow();
    if (written === undefined || !(await this.#wasPushed(written.updates))) return { kind: "again", error };
    settle(batch, written);
    return { kind: "done" };
  }

  /** The push was atomic and our objects are unlike any other: one ref that holds ours, or a branch that went on, is proof. */
  async #wasPushed(updates: readonly RefUpdate[]): Promise<boolean> {
    const refs = this.#mirror.refs();
    const values = updates.filter(({ to }) => to !== null);
    if (values.length === 0) return updates.every(({ ref }) => !refs.has(ref));
    for (const { ref, to } of values) {
      const now = refs.get(ref)?.oid;
      if (now === undefined || to === null) continue;
      if (now === to || (ref.startsWith("refs/heads/") && (await this.#mirror.contains(now, to)))) return true;
    }
    return false;
  }

  /** The remote refused: those that are not concerned go out, those that may be to blame are halved until one is left. */
  async #isolate(batch: readonly Planned[], perRef: readonly RefRejection[]): Promise<void> {
    const refusals = perRef.filter(({ why }) => why === "refused" || why === "conflict");
    const refused = new Map((refusals.length > 0 ? refusals : perRef).map((rejection) => [rejection.ref, rejection]));
    const blame = ({ change }: Planned) => change.steps.map(({ ref }) => refused.get(ref)).find((found) => found);
    const suspects = batch.filter((planned) => blame(planned) !== undefined);
    const [only] = suspects;
    const rejection = only && blame(only);
    const clear = batch.filter((planned) => blame(planned) === undefined).map(({ entry }) => entry);
    // A refusal of something nobody asked for cannot be, and must not go round for ever.
    if (only === undefined || rejection === undefined) {
      return await this.#splitOrReject(clear, new GitError("PushRejected", "the remote refused the push"));
    }
    if (suspects.length === 1) {
      only.entry.reject(rejectionError(rejection));
    } else {
      await this.#splitOrReject(
        suspects.map(({ entry }) => entry),
        rejectionError(rejection),
      );
    }
    if (clear.length > 0) await this.#runBatch(clear);
  }

  async #splitOrReject(entries: readonly Entry[], error: unknown): Promise<void> {
    // What has nothing to do with one of the requests would fail for each of them.
    const general = this.#closed || !(error instanceof GitError) || isGeneral(error);
    if (entries.length === 1 || general) {
      for (const { reject } of entries) reject(error);
      return;
    }
    const half = Math.ceil(entries.length / 2);
    await this.#runBatch(entries.slice(0, half));
    await this.#runBatch(entries.slice(half));
  }

  async #tidy(): Promise<void> {
    try {
      await this.#mirror.tidy();
    } catch {
      // Everything works without; a mirror that is really damaged says so where it matters.
    }
  }
}

function settle(batch: readonly Planned[], written: WrittenChanges): void {
  for (const [index, { entry, value }] of batch.entries()) {
    entry.resolve({ value, refs: written.applied[index] ?? new Map() });
  }
}

function isGeneral({ reason, retryable }: GitError): boolean {
  const general = ["AuthenticationFailed", "RepositoryNotFound", "HostKeyRefused", "TLSFailed", "RedirectRefused"];
  return general.includes(reason) || (retryable && reason !== "Unknown");
}

function closedError(): GitError {
  return new GitError("Closed", "the repository was closed");
}
