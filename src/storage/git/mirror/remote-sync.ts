import { type ObjectFormat, type Oid, objectFormatOf } from "../../../core/identity/oid.ts";
import { GitError, type GitErrorReason } from "../errors.ts";
import type { LocalRefs } from "../refs/local-refs.ts";
import type { RefChange, RefusedRef } from "../refs/ref-table.ts";
import type { WatchedRefs } from "../refs/watched-refs.ts";
import type { BareRepository } from "./bare-repository.ts";
import { Fetcher } from "./fetch.ts";
import { isIntact } from "./integrity.ts";
import { lsRemote } from "./ls-remote.ts";
import type { Maintenance } from "./maintenance.ts";

export type MirrorLog = (message: string, fields: Readonly<Record<string, unknown>>) => void;

export interface RemoteSyncOptions {
  readonly repository: BareRepository;
  readonly localRefs: LocalRefs;
  readonly refs: WatchedRefs;
  readonly maintenance: Maintenance;
  readonly log: MirrorLog;
}

/** More changed refs than this are fetched by pattern, and the mirror is repacked afterwards. */
const MAX_REFS_BY_NAME = 100;

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
  #unusable: readonly RefusedRef[] = [];
  #damaged = false;
  /** The repository was created again and has not fetched yet. The refs in memory are still those of the last fetch. */
  #isEmpty = false;

  constructor(options: RemoteSyncOptions) {
    this.#options = options;
    this.#repository = options.repository;
    this.#fetcher = new Fetcher(options.repository);
  }

  /** Refs of the remote that the mirror does not hold, by name. */
  refusedRefs(): ReadonlyMap<string, RefusedRef> {
    return new Map([...this.#fetcher.refused.values(), ...this.#unusable].map((refused) => [refused.ref, refused]));
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
    await this.#repository.create(objectFormat);
    this.#damaged = false;
  }

  /** Fetches once and returns the refs that moved; recreates a mirror that is damaged. Throws `GitError`. */
  async fetch(): Promise<RefChange[]> {
    if (this.#damaged) {
      this.#options.log("mirror is damaged and is cloned again", { dir: this.#repository.dir });
      await this.recreate(await this.#repository.objectFormat());
    }
    await this.#options.localRefs.flush();
    for (let attempt = 1; ; attempt++) {
      const { refs: remote, unusable } = await lsRemote(this.#repository, (name) => this.#options.refs.refs.has(name));
      this.#unusable = unusable;
      await this.#matchObjectFormat(remote);
      const deleted = [...this.#options.refs.refs.keys()].filter((name) => !remote.has(name));
      for (const name of deleted) this.#fetcher.forget(name);
      const moved = new Map([...remote].filter(([name, oid]) => !this.#isCurrent(name, oid)));
      try {
        return await this.#update(deleted, moved);
      } catch (error) {
        // A branch was deleted between ls-remote and fetch.
        const canRetry = error instanceof GitError && error.reason === "BranchNotFound" && attempt < MAX_ATTEMPTS;
        if (!canRetry) throw error;
      }
    }
  }

  #isCurrent(name: string, oid: Oid): boolean {
    const held = this.#isEmpty ? undefined : this.#options.refs.refs.get(name)?.oid;
    return held === oid || this.#fetcher.refused.get(name)?.oid === oid;
  }

  async #update(deleted: readonly string[], moved: ReadonlyMap<string, Oid>): Promise<RefChange[]> {
    const { localRefs, maintenance, refs } = this.#options;
    // Deletions first, because a deleted branch `a` excludes `a/b`.
    if (!this.#isEmpty) await localRefs.delete(deleted);
    const isMany = moved.size > MAX_REFS_BY_NAME;
    const byPattern = isMany && this.refusedRefs().size === 0;
    const fetches = await this.#fetcher.fetchMoved(moved, { byPattern, isEmpty: this.#isEmpty });
    if (isMany) maintenance.request();
    else maintenance.record(fetches);
    const patterns = isMany ? ["refs/heads/", "refs/tags/"] : [...moved.keys()];
    const found = moved.size === 0 ? [] : await localRefs.read(patterns);
    this.#isEmpty = false;
    const changes = [
      ...deleted.map((name) => refs.apply(name, undefined)),
      ...found.map((ref) => refs.apply(ref.name, ref)),
    ];
    return changes.filter(({ before, after }) => before?.oid !== after?.oid);
  }

  /** The length of the remote's object ids shows its object format. */
  async #matchObjectFormat(remote: ReadonlyMap<string, Oid>): Promise<void> {
    const oid = remote.values().next().value;
    if (oid === undefined) return;
    const objectFormat = objectFormatOf(oid);
    if (objectFormat !== (await this.#repository.objectFormat())) await this.recreate(objectFormat);
  }
}
