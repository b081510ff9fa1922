import type { Oid } from "../../../core/identity/oid.ts";
import type { FetchGuard, FetchLimits } from "../disk/fetch-guard.ts";
import { interpretFailure } from "../error-patterns.ts";
import { GitError } from "../errors.ts";
import type { RefusedRef } from "../refs/ref-table.ts";
import type { BareRepository } from "./bare-repository.ts";
import { findDeclined, readDeclined } from "./declined-refs.ts";
import { namingMissingObjects } from "./missing-objects.ts";
import { RefGroups } from "./ref-groups.ts";
import { RefusedRefs } from "./refused-refs.ts";

/** git fetch processes of one sync, and of one that continues: the refs that are left wait for the next. */
const MAX_FETCHES = 80;
const MAX_LATER_FETCHES = 16;
/** How long they wait, at least, doubled by each sync in which all fetches have failed; and at most. */
const FIRST_WAIT_MS = 60_000;
const MAX_WAIT_MS = 3_600_000;

export interface FetchOptions {
  /** The mirror holds no objects yet. */
  readonly isEmpty: boolean;
  /** Refs whose objects the remote does not have are bad refs: they have not just been deleted. */
  readonly isUnmoved?: boolean;
  /** Ends git with this signal's reason. */
  readonly cancel?: AbortSignal | undefined;
}

export interface Fetched {
  /** The refs whose objects are here. */
  readonly names: readonly string[];
  /** git processes that fetched something. */
  readonly fetches: number;
}

/** Fetches what refs of the remote need, and remembers the refs whose objects git or the remote refuses. */
export class Fetcher {
  readonly #repository: BareRepository;
  readonly #guard: FetchGuard;
  readonly #refused = new RefusedRefs();
  /** Parts of groups that failed, which have not been fetched themselves. */
  #untried: readonly (readonly string[])[] = [];
  /** Syncs one after the other in which nothing could be fetched. */
  #failures = 0;

  constructor(repository: BareRepository, guard: FetchGuard) {
    this.#repository = repository;
    this.#guard = guard;
  }

  /** Refs whose objects are bad, with the object id that was refused. */
  refused(): readonly RefusedRef[] {
    return this.#refused.all();
  }

  /** True if the ref was refused with this object, and is not tried again yet. */
  isWaiting(name: string, oid: Oid): boolean {
    return this.#refused.isWaiting(name, oid);
  }

  /** The remote no longer has this ref. */
  forget(name: string): void {
    this.#refused.delete(name);
  }

  /** The mirror was created again: every ref is tried again. */
  forgetAll(): void {
    this.#refused.clear();
    this.#untried = [];
    this.#failures = 0;
  }

  /** Refused refs are tried again with the next fetch. */
  retryRefused(): void {
    this.#failures = 0;
    this.#refused.retryNow();
  }

  /**
   * Fetches the objects of `moved` (name → object id), and leaves it to the caller to write the refs. If objects are
   * bad, the refs are divided until each bad ref is alone; that one is refused. After a number of fetches the refs that
   * are left are refused, too, and tried with a later call. Throws `GitError`.
   */
  async fetchMoved(moved: ReadonlyMap<string, Oid>, options: FetchOptions): Promise<Fetched> {
    const groups = this.#group(moved);
    const names: string[] = [];
    const endAt = performance.now() + this.#repository.settings.limits.isolateMs;
    const mostFetches = this.#untried.length === 0 ? MAX_FETCHES : MAX_LATER_FETCHES;
    let fetches = 0;
    let failure: GitError | undefined;
    for (let left = mostFetches; left > 0 && (failure === undefined || performance.now() < endAt); left--) {
      const group = groups.take();
      if (group === undefined) break;
      try {
        const declined = await this.#run(group, moved, options);
        const problems = await findDeclined(this.#repository.reader, group, moved, declined);
        for (const name of group) {
          const problem = problems.get(name);
          if (problem === undefined) {
            this.#refused.delete(name);
            names.push(name);
          } else this.#refused.refuse(name, moved.get(name) ?? "", problem);
        }
        fetches += 1;
      } catch (error) {
        if (!isOfSomeRef(error, options)) throw error;
        failure = error;
        const [name = ""] = group;
        if (group.length > 1) groups.divide(group);
        else this.#refused.refuse(name, moved.get(name) ?? "", error.message);
      }
    }
    this.#failures = fetches > 0 || failure === undefined ? 0 : this.#failures + 1;
    this.#defer(groups.left, moved, failure);
    return { names, fetches };
  }

  /** What is new, what was left by an earlier call, what was refused alone: one bad ref fails its own kind. */
  #group(moved: ReadonlyMap<string, Oid>): RefGroups {
    const left = new Set(moved.keys());
    const untried = this.#untried.map((group) => group.filter((name) => this.#refused.has(name) && left.delete(name)));
    const { fresh = [], again = [] } = Object.groupBy(left, (name) => (this.#refused.has(name) ? "again" : "fresh"));
    return new RefGroups([fresh, ...untried, again]);
  }

  #defer(groups: readonly (readonly string[])[], oids: ReadonlyMap<string, Oid>, failure: GitError | undefined): void {
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, MAX_WAIT_MS);
    const why = failure === undefined ? "" : `, since others could not be fetched: ${failure.message}`;
    for (const name of groups.flat()) {
      this.#refused.defer(name, oids.get(name) ?? "", `not fetched yet${why}`, waitMs);
    }
    this.#untried = [...this.#untried.map((group) => group.filter((name) => !oids.has(name))), ...groups];
    this.#untried = this.#untried.filter((group) => group.length > 0);
  }

  /** Returns the objects that git has not taken although it succeeded. */
  async #run(
    names: readonly string[],
    oids: ReadonlyMap<string, Oid>,
    { isEmpty, cancel }: FetchOptions,
  ): Promise<ReadonlySet<Oid>> {
    const args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--stdin", "origin"];
    // By their ids: the remote need not list its refs once more, and git does not search them for each name.
    const input = [...new Set(names.map((name) => oids.get(name)))].map((oid) => `${oid}\n`).join("");
    let declined: ReadonlySet<Oid> = new Set();
    await this.#guard.run(async (limits) => {
      declined = await this.#fetch(args, input, limits, isEmpty);
    }, cancel);
    return declined;
  }

  async #fetch(
    args: readonly string[],
    input: string,
    { fileBytes, cancel }: FetchLimits,
    isEmpty: boolean,
  ): Promise<ReadonlySet<Oid>> {
    const repository = this.#repository;
    const options = { input, cancel, limits: { fileBytes } };
    try {
      const result = await repository.runRemote(args, repository.settings.limits.fetchMs, options);
      if (result.code !== 0) {
        throw namingMissingObjects(interpretFailure(result.stderr, repository.secrets), result.stderr);
      }
      return readDeclined(result.stderr);
    } catch (error) {
      await repository.removeUnfinished();
      // An empty mirror cannot be damaged, but deleted: the remote lacks objects of its own refs.
      const isCorrupt = error instanceof GitError && error.reason === "MirrorCorrupt";
      throw isCorrupt && isEmpty && (await repository.isOwnMirror())
        ? new GitError("BadObjects", error.message)
        : error;
    }
  }
}

function isOfSomeRef(error: unknown, { isUnmoved = false }: FetchOptions): error is GitError {
  if (!(error instanceof GitError)) return false;
  return error.reason === "BadObjects" || (isUnmoved && error.reason === "ObjectMissing");
}
