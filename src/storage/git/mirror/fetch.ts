import type { Oid } from "../../../core/identity/oid.ts";
import { interpretFailure } from "../error-patterns.ts";
import { GitError } from "../errors.ts";
import type { RefusedRef } from "../refs/ref-table.ts";
import type { BareRepository } from "./bare-repository.ts";

/** git fetch processes that isolate bad refs; after these the whole repository is reported as bad. */
const MAX_FETCHES = 400;

export interface FetchOptions {
  /** Fetches all branches and tags by pattern instead of by name: faster if many have moved. */
  readonly byPattern: boolean;
  /** The mirror holds no objects yet. */
  readonly isEmpty: boolean;
}

/** Fetches refs of the remote under the same names, and remembers those whose objects git refuses. */
export class Fetcher {
  readonly #repository: BareRepository;
  readonly #refused = new Map<string, RefusedRef>();

  constructor(repository: BareRepository) {
    this.#repository = repository;
  }

  /** Refs whose objects are bad, with the object id that was refused; by name. */
  get refused(): ReadonlyMap<string, RefusedRef> {
    return this.#refused;
  }

  /** The remote no longer has this ref. */
  forget(name: string): void {
    this.#refused.delete(name);
  }

  /** The mirror was created again: every ref is tried again. */
  forgetAll(): void {
    this.#refused.clear();
  }

  /**
   * Fetches `moved` (name → object id). If objects are bad, the refs are halved until each bad ref is alone; that one
   * is added to `refused`. Returns the number of git processes that fetched something. Throws `GitError`.
   */
  async fetchMoved(moved: ReadonlyMap<string, Oid>, options: FetchOptions): Promise<number> {
    return await this.#fetchNames([...moved.keys()], moved, options, { left: MAX_FETCHES });
  }

  async #fetchNames(
    names: readonly string[],
    oids: ReadonlyMap<string, Oid>,
    options: FetchOptions,
    budget: { left: number },
  ): Promise<number> {
    if (names.length === 0) return 0;
    budget.left -= 1;
    try {
      await this.#run(options.byPattern ? ["refs/heads/*", "refs/tags/*"] : names, options.isEmpty);
      for (const name of names) this.#refused.delete(name);
      return 1;
    } catch (error) {
      if (!(error instanceof GitError && error.reason === "BadObjects") || budget.left <= 0) throw error;
      const [name = ""] = names;
      if (names.length === 1) {
        const oid = oids.get(name) ?? "";
        this.#refused.set(name, { ref: name, oid, reason: "BadObjects", message: error.message });
        return 0;
      }
    }
    const half = Math.ceil(names.length / 2);
    const byName = { ...options, byPattern: false };
    const first = await this.#fetchNames(names.slice(0, half), oids, byName, budget);
    return first + (await this.#fetchNames(names.slice(half), oids, byName, budget));
  }

  async #run(refs: readonly string[], isEmpty: boolean): Promise<void> {
    const repository = this.#repository;
    const args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--stdin", "origin"];
    const input = refs.map((name) => `+${name}:${name}\n`).join("");
    try {
      const result = await repository.runRemote(args, repository.settings.limits.fetchMs, {}, input);
      if (result.code !== 0) throw interpretFailure(result.stderr, repository.secrets);
    } catch (error) {
      await repository.removeUnfinished();
      // An empty mirror cannot be damaged: the remote lacks objects of its own refs.
      const isRemoteBroken = isEmpty && error instanceof GitError && error.reason === "MirrorCorrupt";
      throw isRemoteBroken ? new GitError("BadObjects", error.message) : error;
    }
  }
}
