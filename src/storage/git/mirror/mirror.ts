import type { Oid } from "../../../core/identity/oid.ts";
import { GitError, type GitErrorReason } from "../errors.ts";
import type { GitSettings } from "../exec/environment.ts";
import type { RemoteAccess } from "../exec/remote-access.ts";
import type { ObjectReader } from "../objects/object-reader.ts";
import { LocalRefs } from "../refs/local-refs.ts";
import { type Ref, type RefChange, RefTable, type RefusedRef } from "../refs/ref-table.ts";
import { BareRepository, type ObjectFormat } from "./bare-repository.ts";
import { Fetcher } from "./fetch.ts";
import { History } from "./history.ts";
import { lsRemote } from "./ls-remote.ts";

export interface MirrorOptions {
  /** Ours alone: whatever else is there is removed. Credentials are kept beside it, in `<dir>.access`. */
  readonly dir: string;
  readonly remote: RemoteAccess;
  readonly settings: GitSettings;
  readonly log?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** Told when a push was refused for its credentials: nothing is pushed before a fetch, or others, were taken. */
  readonly onRefused?: () => void;
}

/** More changed refs than this are fetched by pattern, and packed. */
const manyRefs = 100;
/** A remote whose refs move while we fetch is listed again this often. */
const listTries = 3;
const tidyAfter = 50;
/** What git says without a word for it, or of an object that nobody has: the remote, a change or the mirror may be to blame. */
const unclear: ReadonlySet<GitErrorReason> = new Set([
  "Unknown",
  "InvalidChange",
  "RefConflict",
  "ObjectMissing",
  "RepositoryNotFound",
]);

/**
 * A bare repository with the remote's branches and tags under their own names, and those refs in memory. One user at a
 * time may fetch or push: see `RepositoryWriter`. Reading goes on beside that.
 */
export class Mirror {
  readonly repository: BareRepository;
  readonly history: History;
  readonly #folderRefs: LocalRefs;
  readonly #log: NonNullable<MirrorOptions["log"]>;
  readonly #fetchRefs: Fetcher;
  #unusable: readonly RefusedRef[] = [];
  readonly #watchers = new Set<(ref: string) => void>();
  #table = new RefTable();
  readonly #onRefused: () => void;
  #damaged = false;
  /** How the remote refused these credentials. */
  #refusal: GitError | undefined;
  /** The folder was made anew and holds nothing yet; the refs in memory are what was seen last. */
  #blank = false;
  /** Pushes and fetches since the last `tidy`. */
  #untidy = 0;

  private constructor({ dir, remote, settings, log, onRefused }: MirrorOptions) {
    this.repository = new BareRepository({ dir, remote, settings, onDamage: () => this.reportDamage() });
    this.history = new History(this.repository);
    this.#folderRefs = new LocalRefs(this.repository);
    this.#fetchRefs = new Fetcher(this.repository);
    this.#log = log ?? (() => {});
    this.#onRefused = onRefused ?? (() => {});
  }

  /**
   * Takes up the mirror at `dir`, or makes an empty one; a damaged or foreign folder is replaced. Does not talk to the
   * remote: `fetch` does. Throws `GitError`: `InvalidURL`, `TransportNotAllowed`, `InvalidCredentials`, `DiskFull`,
   * `DataDirNotWritable`.
   */
  static async open(options: MirrorOptions): Promise<Mirror> {
    const mirror = new Mirror(options);
    try {
      await mirror.setRemote(options.remote);
      if (!(await mirror.#takeUp())) await mirror.#create("sha1");
    } catch (error) {
      // What is wrong with the disk was said already.
      await mirror.close().catch(() => {});
      throw error;
    }
    return mirror;
  }

  get reader(): ObjectReader {
    return this.repository.reader;
  }

  /** The refs as of the last fetch or push; full name → ref. A live view. */
  refs(): ReadonlyMap<string, Ref> {
    return this.#table.refs;
  }

  /** Tells `watcher` the full name of every ref that moves, comes or goes from now on; returns how to end that. */
  watchRefs(watcher: (ref: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** The refs that the remote has and that are not taken over, by name. */
  refusedRefs(): ReadonlyMap<string, RefusedRef> {
    return new Map([...this.#fetchRefs.refused.values(), ...this.#unusable].map((one) => [one.ref, one]));
  }

  /** A ref that Git cannot hold beside a new one of this name. */
  findConflict(ref: string): string | undefined {
    return this.#table.findConflict(ref);
  }

  /** New credentials or certificates for the same place. */
  async setRemote(remote: RemoteAccess): Promise<void> {
    await this.repository.setRemote(remote);
    this.#refusal = undefined;
  }

  /** A push was refused for its credentials. Hosts lock out who tries a wrong password again and again. */
  refuseAccess(error: GitError): void {
    this.#refusal = error;
    this.#onRefused();
  }

  /** Throws what `refuseAccess` was told, until there are other credentials or a fetch finds that these are good. */
  checkAccess(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /**
   * Brings the mirror up to the remote and says what moved. A damaged mirror is cloned anew; until that is complete the
   * refs stay what they were, so that nobody takes our damage for a deletion.
   */
  async fetch(): Promise<readonly RefChange[]> {
    let changes: readonly RefChange[] = [];
    try {
      changes = await this.#fetchOnce();
    } catch (error) {
      if (error instanceof GitError && error.reason === "AuthenticationFailed") this.#refusal = error;
      if (!(await this.isDamage(error))) throw error;
      this.#damaged = true;
    }
    if (this.#damaged) changes = [...changes, ...(await this.#fetchOnce())];
    this.#refusal = undefined;
    return changes;
  }

  /** Something that should be in the mirror could not be read: the next fetch clones anew. */
  reportDamage(): void {
    this.#damaged = true;
  }

  /** Whether the mirror's own state may be why something failed: git has many words for what is missing or makes no sense. */
  async isDamage(error: unknown): Promise<boolean> {
    if (!(error instanceof GitError)) return false;
    if (error.reason === "MirrorCorrupt") return true;
    if (!unclear.has(error.reason) || this.#blank) return false;
    return !(await this.repository.isWhole([...this.#table.refs.values()].map(({ oid }) => oid)));
  }

  /** Takes over what a push did: `to` null means the ref is gone. */
  async adopt(updates: readonly { readonly ref: string; readonly to: Oid | null }[]): Promise<void> {
    this.#untidy += 1;
    this.#folderRefs.follow(updates);
    await Promise.all(
      updates.map(async ({ ref, to }) => {
        if (to === null) return this.#apply(ref, undefined);
        const [object, commit] = await Promise.all([this.reader.info(to), this.reader.info(`${to}^{commit}`)]);
        if (object === undefined) throw new GitError("MirrorCorrupt", `object ${to} is not there`);
        const peeled = commit === undefined ? {} : { commit: commit.oid };
        this.#apply(ref, { name: ref, oid: to, type: object.type, ...peeled });
      }),
    );
  }

  /**
   * Every fetch leaves a pack and every push loose objects and refs. After enough of them this rolls them together;
   * nothing is ever thrown away. To be called when nobody waits.
   */
  async tidy(): Promise<void> {
    if (this.#untidy < tidyAfter) return;
    this.#untidy = 0;
    await this.#folderRefs.write();
    await this.repository.runLocal(["pack-refs", "--all"]);
    await this.repository.runLocal(["repack", "-d", "-l", "-q", "--geometric=2"]);
  }

  async close(): Promise<void> {
    await this.repository.close();
    if (this.#damaged) await this.repository.disown();
  }

  async #takeUp(): Promise<boolean> {
    try {
      if (!(await this.repository.isOurs())) return false;
      await this.repository.removeUnfinished();
      for (const ref of await this.#folderRefs.read(["refs/heads/", "refs/tags/"])) this.#table.set(ref);
      return true;
    } catch (error) {
      this.#log("mirror cannot be read and is replaced", { dir: this.repository.dir, cause: String(error) });
      this.#table = new RefTable();
      return false;
    }
  }

  async #fetchOnce(): Promise<RefChange[]> {
    if (this.#damaged) {
      this.#log("mirror is damaged and is cloned anew", { dir: this.repository.dir });
      await this.#create(await this.repository.objectFormat());
    }
    await this.#folderRefs.write();
    for (let attempt = 1; ; attempt++) {
      const { refs: remote, unusable } = await lsRemote(this.repository);
      this.#unusable = unusable;
      await this.#matchObjectFormat(remote);
      const gone = [...this.#table.refs.keys()].filter((name) => !remote.has(name));
      for (const name of gone) this.#fetchRefs.forget(name);
      const moved = new Map([...remote].filter(([name, oid]) => !this.#holds(name, oid)));
      try {
        return await this.#follow(gone, moved);
      } catch (error) {
        // A branch that went between the listing and the fetch.
        const again = error instanceof GitError && error.reason === "BranchNotFound" && attempt < listTries;
        if (!again) throw error;
      }
    }
  }

  #holds(name: string, oid: Oid): boolean {
    const held = this.#blank ? undefined : this.#table.refs.get(name)?.oid;
    return held === oid || this.#fetchRefs.refused.get(name)?.oid === oid;
  }

  async #follow(gone: readonly string[], moved: ReadonlyMap<string, Oid>): Promise<RefChange[]> {
    // First, because a branch `a` that is gone may be in the way of `a/b`.
    if (!this.#blank) await this.#folderRefs.delete(gone);
    const many = moved.size > manyRefs;
    const byPattern = many && this.refusedRefs().size === 0;
    const fetches = await this.#fetchRefs.fetchMoved(moved, { byPattern, blank: this.#blank });
    this.#untidy += many ? tidyAfter : fetches;
    const patterns = many ? ["refs/heads/", "refs/tags/"] : [...moved.keys()];
    const found = moved.size === 0 ? [] : await this.#folderRefs.read(patterns);
    this.#blank = false;
    const changes = [
      ...gone.map((name) => this.#apply(name, undefined)),
      ...found.map((ref) => this.#apply(ref.name, ref)),
    ];
    return changes.filter(hasMoved);
  }

  /** All that changes a ref in memory comes through here. */
  #apply(name: string, after: Ref | undefined): RefChange {
    const before = this.#table.refs.get(name);
    if (after === undefined) this.#table.delete(name);
    else this.#table.set(after);
    const change = describeChange(name, before, after);
    if (hasMoved(change)) for (const watcher of this.#watchers) watcher(name);
    return change;
  }

  async #create(format: ObjectFormat): Promise<void> {
    this.#blank = true;
    this.#folderRefs.forget();
    this.#fetchRefs.forgetAll();
    await this.repository.create(format);
    this.#damaged = false;
  }

  /** A remote of the other object format is known by the length of its ids. */
  async #matchObjectFormat(remote: ReadonlyMap<string, Oid>): Promise<void> {
    const oid = remote.values().next().value;
    if (oid === undefined) return;
    const wanted = oid.length === 64 ? "sha256" : "sha1";
    if (wanted !== (await this.repository.objectFormat())) await this.#create(wanted);
  }
}

function describeChange(ref: string, before: Ref | undefined, after: Ref | undefined): RefChange {
  return { ref, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function hasMoved({ before, after }: RefChange): boolean {
  return before?.oid !== after?.oid;
}
