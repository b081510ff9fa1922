import type { Oid } from "../../../core/identity/oid.ts";
import { GitError, interpretFailure } from "../errors.ts";
import type { RefusedRef } from "../refs/ref-table.ts";
import type { BareRepository } from "./bare-repository.ts";

/** Fetches spent on telling bad refs from good ones, before the whole repository counts as bad. */
const splitTries = 400;

export interface FetchOptions {
  /** All branches and tags in one, by pattern, instead of by name: quicker for many. */
  readonly byPattern: boolean;
  /** Nothing is held yet. */
  readonly blank: boolean;
}

/** Fetches refs of the remote under their own names, and keeps apart those whose objects git refuses. */
export class Fetcher {
  readonly #repository: BareRepository;
  readonly #refused = new Map<string, RefusedRef>();

  constructor(repository: BareRepository) {
    this.#repository = repository;
  }

  /** The refs that the remote has, as they were when their objects were found bad; by name. */
  get refused(): ReadonlyMap<string, RefusedRef> {
    return this.#refused;
  }

  /** The remote no longer has this ref. */
  forget(name: string): void {
    this.#refused.delete(name);
  }

  /** The folder was made anew: what could not be taken into the one before is tried again. */
  forgetAll(): void {
    this.#refused.clear();
  }

  /**
   * One ref with bad objects does not keep the others out: they are halved until it stands alone. Returns how many fetches
   * brought something.
   */
  async fetchMoved(moved: ReadonlyMap<string, Oid>, options: FetchOptions): Promise<number> {
    return await this.#fetchNames([...moved.keys()], moved, options, { left: splitTries });
  }

  async #fetchNames(
    names: readonly string[],
    oids: ReadonlyMap<string, Oid>,
    options: FetchOptions,
    tries: { left: number },
  ): Promise<number> {
    if (names.length === 0) return 0;
    tries.left -= 1;
    try {
      await this.#run(options.byPattern ? ["refs/heads/*", "refs/tags/*"] : names, options.blank);
      for (const name of names) this.#refused.delete(name);
      return 1;
    } catch (error) {
      if (!(error instanceof GitError && error.reason === "BadObjects") || tries.left <= 0) throw error;
      const [name = ""] = names;
      if (names.length === 1) {
        const oid = oids.get(name) ?? "";
        this.#refused.set(name, { ref: name, oid, reason: "BadObjects", message: error.message });
        return 0;
      }
    }
    const half = Math.ceil(names.length / 2);
    const byName = { ...options, byPattern: false };
    const first = await this.#fetchNames(names.slice(0, half), oids, byName, tries);
    return first + (await this.#fetchNames(names.slice(half), oids, byName, tries));
  }

  async #run(refs: readonly string[], blank: boolean): Promise<void> {
    const repository = this.#repository;
    const args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--stdin", "origin"];
    const input = refs.map((name) => `+${name}:${name}\n`).join("");
    try {
      const result = await repository.runRemote(args, repository.settings.limits.fetchMs, {}, input);
      if (result.code !== 0) throw interpretFailure(result.stderr, repository.secrets);
    } catch (error) {
      await repository.removeUnfinished();
      // Where nothing was held yet, nothing of ours can be damaged: the remote lacks objects of its own refs.
      const lacks = blank && error instanceof GitError && error.reason === "MirrorCorrupt";
      throw lacks ? new GitError("BadObjects", error.message) : error;
    }
  }
}
