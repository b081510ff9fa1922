import type { Oid } from "../../../core/identity/oid.ts";
import { type DiskQuota, DiskUsage } from "../disk/disk-usage.ts";
import { FetchGuard } from "../disk/fetch-guard.ts";
import { GitError, isAccessRefused } from "../errors.ts";
import type { GitSettings } from "../exec/environment.ts";
import type { RemoteAccess } from "../exec/remote-access.ts";
import type { ObjectReader } from "../objects/object-reader.ts";
import { LocalRefs } from "../refs/local-refs.ts";
import type { Ref, RefChange, RefusedRef } from "../refs/ref-table.ts";
import { WatchedRefs } from "../refs/watched-refs.ts";
import { resemblesSecret } from "../secret-likeness.ts";
import { AccessGuard } from "./access-guard.ts";
import { BareRepository } from "./bare-repository.ts";
import { dryRunPush } from "./dry-run-push.ts";
import { FollowedCommits } from "./followed-commits.ts";
import { History } from "./history.ts";
import { Maintenance } from "./maintenance.ts";
import { type MirrorLog, RemoteSync } from "./remote-sync.ts";

export interface MirrorOptions {
  /** For this mirror alone: any other content is deleted. `<dir>.access` and `<dir>.followed` belong to it. */
  readonly dir: string;
  readonly remote: RemoteAccess;
  readonly settings: GitSettings;
  readonly log?: MirrorLog;
  /** Absent: the mirror is the only one of its namespace. */
  readonly quota?: DiskQuota;
  /** Of the Repositories that use it: namespaces share the memory of git. */
  readonly namespace?: string;
  /** Called when a push was refused because of its credentials: see `checkAccess`. */
  readonly onRefused?: () => void;
}

/**
 * A bare repository with the remote's branches and tags under the same names, and these refs in memory. Fetches and
 * pushes must not overlap (`PushQueue` runs them one at a time); reads may run at any time.
 */
export class Mirror {
  readonly repository: BareRepository;
  /** Queries about the commit graph. */
  readonly history: History;
  readonly #refs = new WatchedRefs();
  readonly #access = new AccessGuard();
  readonly #localRefs: LocalRefs;
  readonly #maintenance: Maintenance;
  readonly #sync: RemoteSync;
  readonly #followed: FollowedCommits;
  readonly #guard: FetchGuard;
  readonly #log: MirrorLog;
  readonly #onRefused: () => void;

  private constructor({ dir, remote, settings, log, onRefused, quota, namespace }: MirrorOptions) {
    const onDamage = () => this.reportDamage();
    const repository = new BareRepository({ dir, remote, settings, namespace, onDamage });
    this.repository = repository;
    this.history = new History(repository);
    this.#followed = new FollowedCommits(repository);
    this.#log = log ?? (() => {});
    this.#onRefused = onRefused ?? (() => {});
    const localRefs = new LocalRefs(repository);
    const maintenance = new Maintenance(repository, localRefs);
    this.#localRefs = localRefs;
    this.#maintenance = maintenance;
    this.#guard = new FetchGuard(repository, quota ?? new DiskUsage(settings.limits).quota("", dir));
    const [refs, guard] = [this.#refs, this.#guard];
    this.#sync = new RemoteSync({ repository, localRefs, refs, maintenance, guard, log: this.#log });
  }

  /**
   * Opens the mirror at `dir`, or creates an empty one; replaces a directory that is damaged or not a mirror of this
   * remote. Does not contact the remote. Throws `GitError`: `InvalidURL`, `TransportNotAllowed`, `InvalidCredentials`,
   * `DiskFull`, `DataDirNotWritable`.
   */
  static async open(options: MirrorOptions): Promise<Mirror> {
    const mirror = new Mirror(options);
    try {
      await mirror.setRemote(options.remote);
      await mirror.#followed.load();
      if (!(await mirror.#load())) await mirror.#sync.recreate("sha1");
      await mirror.#guard.measure();
    } catch (error) {
      // A full disk fails `close` as well; the first error is the one to report.
      await mirror.close().catch(() => {});
      throw error;
    }
    return mirror;
  }

  get reader(): ObjectReader {
    return this.repository.reader;
  }

  /** The refs as of the last fetch or push: full name → ref. A live view. */
  refs(): ReadonlyMap<string, Ref> {
    return this.#refs.refs;
  }

  /**
   * Calls `watcher` with the full name of each ref that is created, moved or deleted. Returns a function that removes
   * it.
   */
  watchRefs(watcher: (ref: string) => void): () => void {
    return this.#refs.watch(watcher);
  }

  /** True for a text that may hold a part of the credentials, in whatever form: it is not to be shown. */
  resemblesSecret(text: string): boolean {
    return resemblesSecret(text, this.repository.secrets);
  }

  /**
   * Refs of the remote that the mirror does not hold, by name: their objects fail git's checks, or their names collide.
   */
  refusedRefs(): ReadonlyMap<string, RefusedRef> {
    return this.#sync.refusedRefs();
  }

  /** An existing ref that Git cannot hold beside a new one of this name. */
  findConflict(ref: string): string | undefined {
    return this.#refs.findConflict(ref);
  }

  /**
   * The commit up to which a Repository has followed its branch of published packages, as `recordFollowed` was last
   * told by this process or one before.
   */
  followed(uid: string): Oid | undefined {
    return this.#followed.get(uid);
  }

  /**
   * Records how far a Repository has followed its branch, on the disk beside the mirror: unlike the mirror's own ref it
   * does not move when the remote's branch does. Throws `GitError`: `DiskFull`, `DataDirNotWritable`.
   */
  async recordFollowed(uid: string, commit: Oid): Promise<void> {
    await this.#followed.record(uid, commit);
  }

  /** Sets new credentials or certificates for the same URL. Throws as `open`. */
  async setRemote(remote: RemoteAccess): Promise<void> {
    await this.repository.setRemote(remote);
    this.#access.allow();
  }

  /** Records that the remote refused a push because of its credentials. */
  recordAccessRefused(error: GitError): void {
    this.#access.refuse(error);
    this.#onRefused();
  }

  /**
   * Throws the recorded error until `setRemote` brings other credentials or a fetch succeeds. Call
   * before a push: hosts lock accounts after repeated attempts with a wrong password.
   */
  checkAccess(): void {
    this.#access.check();
  }

  /**
   * Asks the remote whether it would take a push, and pushes nothing. `ref`: the branch to name if there is no other.
   * Starts a git process. Throws `GitError` as a push does: `PushForbidden`, `AuthenticationFailed` and others.
   */
  async checkPush(ref: string): Promise<void> {
    const known = this.#refs.refs.get(ref) ?? this.#refs.refs.values().next().value;
    await dryRunPush(this.repository, new Map([[known?.name ?? ref, known?.oid]]));
  }

  /**
   * Fetches and returns the refs that moved. A damaged mirror is cloned again; until that is complete the refs in
   * memory stay, so that damage does not look like deleted refs. Starts one git process (ls-remote), two more if a ref
   * moved. Throws `GitError`: the reason why the remote cannot be read, `RemoteTooLarge`, `DiskFull`,
   * `DataDirNotWritable`, `Closed`.
   */
  async fetch(): Promise<readonly RefChange[]> {
    let changes: readonly RefChange[] = [];
    try {
      changes = await this.#sync.fetch();
    } catch (error) {
      if (isAccessRefused(error)) this.#access.refuse(error);
      if (!(await this.isDamagedBy(error))) throw error;
      this.reportDamage();
    }
    if (this.#sync.isDamaged) changes = [...changes, ...(await this.#sync.fetch())];
    this.#access.allow();
    return changes;
  }

  /**
   * Tries refused refs again with the next fetch: a user has requested a sync, and may have repaired the remote.
   */
  retryRefused(): void {
    this.#sync.retryRefused();
  }

  /** Ends the fetch that runs, if one does: it throws `Closed`. */
  cancelFetch(): void {
    this.#sync.cancelFetch();
  }

  /** Records that an object or a ref could not be read: the next fetch clones the mirror again. */
  reportDamage(): void {
    this.#sync.reportDamage();
  }

  /** True if the mirror's own state may have caused the error. May start a git process that checks all refs. */
  async isDamagedBy(error: unknown): Promise<boolean> {
    return await this.#sync.isDamagedBy(error);
  }

  /** Sets the refs that a push has moved; `to` null: deleted. Throws `MirrorCorrupt` if a pushed object is missing. */
  async recordPush(updates: readonly { readonly ref: string; readonly to: Oid | null }[]): Promise<void> {
    this.#maintenance.record(1);
    this.#sync.recordPush(updates.map(({ ref, to }) => ({ ref, from: this.#refs.refs.get(ref)?.oid ?? null, to })));
    this.#localRefs.recordPush(updates);
    await Promise.all(
      updates.map(async ({ ref, to }) => {
        if (to === null) return this.#refs.apply(ref, undefined);
        const [object, commit] = await Promise.all([this.reader.info(to), this.reader.info(`${to}^{commit}`)]);
        if (object === undefined) throw new GitError("MirrorCorrupt", `object ${to} is missing`);
        this.#refs.apply(ref, {
          name: ref,
          oid: to,
          type: object.type,
          ...(commit !== undefined && { commit: commit.oid }),
        });
      }),
    );
  }

  /** Repacks the mirror if that is due; call while nothing waits for it. Throws `GitError`. */
  async maintain(): Promise<void> {
    await this.#maintenance.run();
  }

  /** Ends running git processes and deletes the credentials from disk. A damaged mirror is not opened again. */
  async close(): Promise<void> {
    await this.repository.close();
    if (this.#sync.isDamaged) await this.repository.invalidate();
  }

  /** False: there is no mirror of this remote in the directory, or it cannot be read. */
  async #load(): Promise<boolean> {
    try {
      if (!(await this.repository.isOwnMirror()) || (await this.repository.hasUncheckedObjects())) return false;
      await this.repository.removeUnfinished();
      await this.#refs.load(await this.#localRefs.read(["refs/heads/", "refs/tags/"]));
      return true;
    } catch (error) {
      this.#log("mirror cannot be read and is replaced", { dir: this.repository.dir, cause: String(error) });
      return false;
    }
  }
}
