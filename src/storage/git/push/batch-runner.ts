import type { Person } from "../../../core/identity/person.ts";
import { GitError } from "../errors.ts";
import type { Mirror } from "../mirror/mirror.ts";
import { checkChange, type RefUpdate, type WrittenChanges, writeObjects } from "../objects/write-objects.ts";
import { BatchPlan } from "./batch-plan.ts";
import type { AppliedRefs, GitChange } from "./change.ts";
import { push, type RefRejection, rejectionError } from "./push.ts";

/** A plan's answer: a change to push, or `abort` if there is nothing to write. Either way `value` goes to the caller. */
export type PlannedChange<T> =
  | { readonly kind: "write"; readonly change: GitChange; readonly value: T }
  | { readonly kind: "abort"; readonly value: T };

export interface WriteRequest<T> {
  /** For logs. */
  readonly name: string;
  /**
   * Plans against the mirror's current refs. Called again, from scratch, each time the remote has moved.
   */
  readonly plan: (mirror: Mirror) => Promise<PlannedChange<T>>;
}

export interface WriteResult<T> {
  readonly value: T;
  /** The refs after the push; absent if the plan aborted. */
  readonly refs?: AppliedRefs;
}

/** A request that waits; its promise is settled through it. */
export interface Entry {
  readonly name: string;
  readonly plan: (mirror: Mirror) => Promise<PlannedChange<unknown>>;
  readonly resolve: (result: WriteResult<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

interface Planned {
  readonly entry: Entry;
  readonly change: GitChange;
  readonly value: unknown;
}

export interface BatchRunnerOptions {
  readonly mirror: Mirror;
  readonly committer: Person;
  readonly now: () => Date;
  readonly maxTries: number;
  readonly fetch: () => Promise<unknown>;
  /** Puts entries back to the head of the queue. */
  readonly defer: (entries: readonly Entry[]) => void;
  readonly isClosed: () => boolean;
}

type Attempt =
  | { readonly kind: "done" }
  | { readonly kind: "again"; readonly error: GitError }
  | { readonly kind: "refused"; readonly perRef: readonly RefRejection[] }
  | { readonly kind: "failed"; readonly error: unknown };

/** Pushes without an answer, one after the other: after that, whoever waits is told, and comes again when it thinks fit. */
const unansweredAtOnce = 3;

/** As many as a writer takes from its queue. */
const mostAtOnce = 100;

/** Plans made at the same time: each may read a whole package into memory. */
const plansAtOnce = 16;

/** Takes requests from plan to push, and finds out which of them a failure concerns. Not for use in parallel. */
export class BatchRunner {
  readonly #options: BatchRunnerOptions;
  readonly #mirror: Mirror;
  /**
   * How many go out together: half as many each time that others were faster again, since a smaller push is planned and made sooner, and
   * twice as many with each that came through. Otherwise somebody who pushes all the time would win every race against many that wait.
   * One race lost is none of that: who pushes once for each of our pushes would keep them small for ever.
   */
  #atOnce = mostAtOnce;

  constructor(options: BatchRunnerOptions) {
    this.#options = options;
    this.#mirror = options.mirror;
  }

  /** Settles every entry, or puts it back to the head of the queue. Never throws. */
  async run(entries: readonly Entry[]): Promise<void> {
    let rest = this.#takeSome(entries);
    let lost = new GitError("LeaseLost", "the repository moved at every try");
    let races = 0;
    let unanswered = 0;
    let clonedAnew = false;
    for (let left = this.#options.maxTries; left > 0; left--) {
      const batch = await this.#planBatch(rest);
      if (batch.length === 0) return;
      const attempt = await this.#attempt(batch, clonedAnew);
      rest = batch.map(({ entry }) => entry);
      switch (attempt.kind) {
        case "done":
          this.#atOnce = Math.min(2 * this.#atOnce, mostAtOnce);
          return;
        case "again":
          lost = attempt.error;
          clonedAnew ||= lost.reason === "MirrorCorrupt";
          if (lost.reason === "LeaseLost" && ++races > 1) {
            this.#atOnce = Math.ceil(rest.length / 2);
            rest = this.#takeSome(rest);
          }
          if (lost.reason !== "LeaseLost" && ++unanswered === unansweredAtOnce)
            return await this.#splitOrReject(rest, lost);
          break;
        case "refused":
          return await this.#isolate(batch, attempt.perRef);
        case "failed":
          return await this.#splitOrReject(rest, attempt.error);
      }
    }
    for (const { reject } of rest) reject(lost);
  }

  /** The others wait at the head of the queue. */
  #takeSome(entries: readonly Entry[]): readonly Entry[] {
    const later = entries.slice(this.#atOnce);
    if (later.length > 0) this.#options.defer(later);
    return entries.slice(0, this.#atOnce);
  }

  async #planBatch(entries: readonly Entry[]): Promise<Planned[]> {
    const plan = new BatchPlan();
    const isNew = (ref: string) => !this.#mirror.refs().has(ref);
    const batch: Planned[] = [];
    const later: Entry[] = [];
    for (let at = 0; at < entries.length; at += plansAtOnce) {
      // No ref moves meanwhile: plans made at the same time see what plans made in turn would.
      const some = await Promise.all(entries.slice(at, at + plansAtOnce).map((entry) => this.#planOne(entry)));
      for (const planned of some) {
        if (planned === undefined) continue;
        if (plan.add(planned.change, isNew)) batch.push(planned);
        else later.push(planned.entry);
      }
    }
    this.#options.defer(later);
    return batch;
  }

  /** Undefined: the entry is settled. */
  async #planOne(entry: Entry): Promise<Planned | undefined> {
    try {
      const planned = await entry.plan(this.#mirror);
      if (planned.kind === "abort") {
        entry.resolve({ value: planned.value });
        return undefined;
      }
      checkChange(planned.change);
      this.#checkNames(planned.change);
      return { entry, change: planned.change, value: planned.value };
    } catch (error) {
      entry.reject(error);
      return undefined;
    }
  }

  #checkNames(change: GitChange): void {
    for (const { kind, ref } of change.steps) {
      const exists = this.#mirror.refs().has(ref);
      // git push looks for its target in all folders of refs, and gives up where it finds two.
      const twin = [`refs/heads/${ref}`, `refs/tags/${ref}`].find((name) => this.#mirror.refs().has(name));
      if (twin !== undefined) throw new GitError("RefConflict", `${ref} cannot be pushed while there is ${twin}`);
      if (kind === "tag" && exists) throw new GitError("RefConflict", `${ref} exists already`);
      const other = kind === "delete" || exists ? undefined : this.#mirror.findConflict(ref);
      if (other !== undefined) throw new GitError("RefConflict", `${ref} cannot exist beside ${other}`);
    }
  }

  async #attempt(batch: readonly Planned[], clonedAnew: boolean): Promise<Attempt> {
    let written: WrittenChanges | undefined;
    try {
      const signature = { committer: this.#options.committer, now: this.#options.now() };
      const changes = batch.map(({ change }) => change);
      this.#mirror.checkAccess();
      written = await writeObjects(this.#mirror, changes, signature);
      const outcome = await push(this.#mirror, written.updates);
      if (outcome.kind === "pushed") {
        settle(batch, written);
        return { kind: "done" };
      }
      if (!outcome.perRef.some(({ kind }) => kind === "lease")) return { kind: "refused", perRef: outcome.perRef };
      // Not only others win races: libcurl sends a request again when an old connection breaks, so git may have pushed
      // twice and report how the second time went.
      return await this.#compare(batch, written, new GitError("LeaseLost", "the repository moved at every try"));
    } catch (error) {
      return await this.#afterFailure(batch, written, error, clonedAnew);
    }
  }

  /** No answer: the remote may have taken the push. What its refs hold now says so. */
  async #afterFailure(
    batch: readonly Planned[],
    written: WrittenChanges | undefined,
    cause: unknown,
    clonedAnew: boolean,
  ): Promise<Attempt> {
    if (!(cause instanceof GitError) || this.#options.isClosed()) return { kind: "failed", error: cause };
    const damaged = await this.#mirror.isDamage(cause);
    if (damaged) this.#mirror.reportDamage();
    else if (!isUnanswered(cause)) return { kind: "failed", error: cause };
    const error = damaged ? new GitError("MirrorCorrupt", cause.message) : cause;
    try {
      const attempt = await this.#compare(batch, written, error);
      // Cloning anew takes long, and did not help the first time. Who has waited up to the limit is told, and others get their turn.
      const final = (damaged && clonedAnew) || error.reason === "Timeout";
      return final && attempt.kind === "again" ? { kind: "failed", error } : attempt;
    } catch {
      return { kind: "failed", error };
    }
  }

  /** Fetches: the push has happened, or everything is planned again. */
  async #compare(batch: readonly Planned[], written: WrittenChanges | undefined, error: GitError): Promise<Attempt> {
    await this.#options.fetch();
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
      if (now === to || (ref.startsWith("refs/heads/") && (await this.#mirror.history.contains(now, to)))) return true;
    }
    return false;
  }

  /** The remote refused: those that are not concerned go out, those that may be to blame are halved until one is left. */
  async #isolate(batch: readonly Planned[], perRef: readonly RefRejection[]): Promise<void> {
    const refusals = perRef.filter(({ kind }) => kind === "refused" || kind === "conflict");
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
    if (clear.length > 0) await this.run(clear);
  }

  async #splitOrReject(entries: readonly Entry[], error: unknown): Promise<void> {
    // What has nothing to do with one of the requests would fail for each of them.
    const general = this.#options.isClosed() || !(error instanceof GitError) || isGeneral(error);
    if (entries.length === 1 || general) {
      for (const { reject } of entries) reject(error);
      return;
    }
    const half = Math.ceil(entries.length / 2);
    await this.run(entries.slice(0, half));
    await this.run(entries.slice(half));
  }
}

function settle(batch: readonly Planned[], written: WrittenChanges): void {
  for (const [index, { entry, value }] of batch.entries()) {
    entry.resolve({ value, refs: written.applied[index] ?? new Map() });
  }
}

/** A remote that talks without end was cut off, like one that hung up. */
function isUnanswered({ reason, retryable }: GitError): boolean {
  return retryable || reason === "RemoteTooLarge";
}

function isGeneral({ reason, retryable }: GitError): boolean {
  const general = [
    "AuthenticationFailed",
    "RepositoryNotFound",
    "HostKeyRefused",
    "TLSFailed",
    "RedirectRefused",
    "RemoteTooLarge",
  ];
  return general.includes(reason) || (retryable && reason !== "Unknown");
}
