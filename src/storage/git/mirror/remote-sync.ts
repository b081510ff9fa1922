import { type ObjectFormat, type Oid, objectFormatOf } from "../../../core/identity/oid.ts";
import { forEachInTurns } from "../../../event-loop/turns.ts";
import type { FetchGuard } from "../disk/fetch-guard.ts";
import { GitError, type GitErrorReason } from "../errors.ts";
import type { RefMove } from "../refs/acknowledged-pushes.ts";
import type { LocalRefs } from "../refs/local-refs.ts";
import type { RefChange, RefusedRef } from "../refs/ref-table.ts";
import type { WatchedRefs } from "../refs/watched-refs.ts";
import type { BareRepository } from "./bare-repository.ts";
import { Fetcher, type FetchOptions } from "./fetch.ts";
import { isIntact } from "./integrity.ts";
import { lsRemote } from "./ls-remote.ts";
import type { Maintenance } from "./maintenance.ts";
import { ReadLag } from "./read-lag.ts";

export type MirrorLog = (message: string, fields: Readonly<Record<string, unknown>>) => void;

export interface RemoteSyncOptions {
  readonly repository: BareRepository;
  readonly localRefs: LocalRefs;
  readonly refs: WatchedRefs;
  readonly maintenance: Maintenance;
  readonly guard: FetchGuard;
  readonly log: MirrorLog;
}

/** What the remote's refs have that the mirror's have not. */
interface Difference {
  readonly deleted: readonly string[];
  readonly moved: ReadonlyMap<string, Oid>;
}

/** More changed refs than this are written into one file with all others, and the mirror is repacked afterwards. */
const MAX_REFS_OF_THEIR_OWN = 100;

/** Attempts of one fetch from a remote whose branches are deleted meanwhile. */
const MAX_ATTEMPTS = 3;

/** Failures whose cause may be the remote, the change or a damaged mirror; git's message does not distinguish them. */
const AMBIGUOUS_REASONS: ReadonlySet<GitErrorReason> = new Set([
  "Unknown",
  "InvalidChange",
  "RefConflict",
  "ObjectMissing",
  "RepositoryNotFound",
]);

/** Brings a mirror up to date with its remote, and clones it again if it is damaged. */
export class RemoteSync {
  readonly #options: RemoteSyncOptions;
  readonly #repository: BareRepository;
  readonly #fetcher: Fetcher;
  readonly #lag: ReadLag;
  #unusable: readonly RefusedRef[] = [];
  /** Made when it is asked for, and again after each fetch. */
  #refused: ReadonlyMap<string, RefusedRef> | undefined;
  #damaged = false;
  /** The repository was created again and has not fetched yet. The refs in memory are still those of the last fetch. */
  #isEmpty = false;
  #cancel = new AbortController();

  constructor(options: RemoteSyncOptions) {
    this.#options = options;
    this.#repository = options.repository;
    this.#fetcher = new Fetcher(options.repository, options.guard);
    this.#lag = new ReadLag(options.repository);
  }

  /** Refs of the remote that the mirror does not hold, by name. */
  refusedRefs(): ReadonlyMap<string, RefusedRef> {
    this.#refused ??= new Map([...this.#fetcher.refused(), ...this.#unusable].map((refused) => [refused.ref, refused]));
    return this.#refused;
  }

  get isDamaged(): boolean {
    return this.#damaged;
  }

  reportDamage(): void {
    this.#damaged = true;
  }

  /** True if the mirror's own state may have caused the error. May start a git process that checks all refs. */
  async isDamagedBy(error: unknown): Promise<boolean> {
    if (!(error instanceof GitError)) return false;
    if (error.reason === "MirrorCorrupt") return true;
    if (!AMBIGUOUS_REASONS.has(error.reason) || this.#isEmpty) return false;
    return !(await isIntact(
      this.#repository,
      [...this.#options.refs.refs.values()].map(({ oid }) => oid),
    ));
  }

  /** Creates an empty repository in place of whatever is there. Throws `GitError`. */
  async recreate(objectFormat: ObjectFormat): Promise<void> {
    this.#isEmpty = true;
    this.#options.localRefs.reset();
    this.#fetcher.forgetAll();
    this.#lag.forget();
    this.#refused = undefined;
    await this.#repository.create(objectFormat);
    this.#damaged = false;
  }

  /** Fetches once and returns the refs that moved; recreates a mirror that is damaged. Throws `GitError`. */
  async fetch(): Promise<RefChange[]> {
    try {
      return await this.#fetch();
    } finally {
      this.#refused = undefined;
    }
  }

  async #fetch(): Promise<RefChange[]> {
    if (this.#damaged) {
      this.#options.log("mirror is damaged and is cloned again", { dir: this.#repository.dir });
      await this.recreate(await this.#repository.objectFormat());
    }
    const cancel = this.#cancel.signal;
    const isKnown = (name: string) => this.#options.refs.refs.has(name);
    await this.#options.localRefs.flush();
    for (let attempt = 1; ; attempt++) {
      const { refs: listed, unusable } = await lsRemote(this.#repository, { isKnown, cancel });
      const remote = await this.#lag.correct(listed);
      this.#unusable = unusable;
      await this.#matchObjectFormat(remote);
      const difference = await this.#compare(remote);
      for (const name of difference.deleted) this.#fetcher.forget(name);
      try {
        return await this.#update(difference, { isUnmoved: attempt === MAX_ATTEMPTS, cancel });
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !isRace(error)) throw error;
      }
    }
  }

  /** The remote acknowledged a push: a list from before it does not count. */
  recordPush(moves: readonly RefMove[]): void {
    this.#lag.recordPush(moves);
  }

  /** Refused refs are tried again with the next fetch. */
  retryRefused(): void {
    this.#fetcher.retryRefused();
  }

  /** Ends the fetch that runs, if one does, with `Closed`. */
  cancelFetch(): void {
    this.#cancel.abort(new GitError("Closed", "the fetch was ended, since nothing waits for it any more"));
    this.#cancel = new AbortController();
  }

  async #compare(remote: ReadonlyMap<string, Oid>): Promise<Difference> {
    const { refs } = this.#options.refs;
    const deleted: string[] = [];
    const moved = new Map<string, Oid>();
    await forEachInTurns(refs.keys(), (name) => {
      if (!remote.has(name)) deleted.push(name);
    });
    await forEachInTurns(remote, ([name, oid]) => {
      const isHeld = !this.#isEmpty && refs.get(name)?.oid === oid;
      if (!isHeld && !this.#fetcher.isWaiting(name, oid)) moved.set(name, oid);
    });
    return { deleted, moved };
  }

  async #update(
    { deleted, moved: wanted }: Difference,
    how: Pick<FetchOptions, "cancel" | "isUnmoved">,
  ): Promise<RefChange[]> {
    const { localRefs, maintenance, refs } = this.#options;
    const isMany = wanted.size + deleted.length > MAX_REFS_OF_THEIR_OWN;
    const { names, fetches } = await this.#fetcher.fetchMoved(wanted, { ...how, isEmpty: this.#isEmpty });
    if (isMany) maintenance.request();
    else maintenance.record(fetches);
    const fetched = new Map<string, Oid>();
    await forEachInTurns(names, (name) => fetched.set(name, wanted.get(name) ?? ""));
    if (isMany) await this.#writeAll(deleted, fetched);
    else await localRefs.write(this.#isEmpty ? [] : deleted, fetched);
    const found = await localRefs.read(isMany ? ["refs/heads/", "refs/tags/"] : names);
    this.#isEmpty = false;
    const changes = isMany
      ? await refs.replaceAll(found)
      : [...deleted.map((name) => refs.apply(name, undefined)), ...found.map((ref) => refs.apply(ref.name, ref))];
    const moved = changes.filter(({ before, after }) => before?.oid !== after?.oid);
    this.#lag.recordFetched(moved);
    return moved;
  }

  /** All refs at once, into one file. */
  async #writeAll(deleted: readonly string[], fetched: ReadonlyMap<string, Oid>): Promise<void> {
    const next = new Map<string, Oid>();
    const { refs } = this.#options.refs;
    if (!this.#isEmpty) await forEachInTurns(refs.values(), ({ name, oid }) => next.set(name, oid));
    for (const name of deleted) next.delete(name);
    await forEachInTurns(fetched, ([name, oid]) => next.set(name, oid));
    await this.#options.localRefs.replaceAll(next);
  }

  /** The length of the remote's object ids shows its object format. */
  async #matchObjectFormat(remote: ReadonlyMap<string, Oid>): Promise<void> {
    const oid = remote.values().next().value;
    if (oid === undefined) return;
    const objectFormat = objectFormatOf(oid);
    if (objectFormat !== (await this.#repository.objectFormat())) await this.recreate(objectFormat);
  }
}

/** A branch was deleted, or replaced, between ls-remote and fetch. */
function isRace(error: unknown): boolean {
  return error instanceof GitError && (error.reason === "BranchNotFound" || error.reason === "ObjectMissing");
}
