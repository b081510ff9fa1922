import { copyFile, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Oid } from "../core/change/change.ts";
import { type PreparedAccess, prepareAccess, removeAccess } from "./access.ts";
import { type GitResult, runGit } from "./command.ts";
import { type Environment, type GitSettings, gitEnvironment, remoteConfig } from "./environment.ts";
import { GitError, interpretFailure } from "./errors.ts";
import { parseRefs, parseRemoteRefs, refFormat } from "./list-refs.ts";
import { ObjectReader } from "./read.ts";
import { type Ref, type RefChange, RefTable } from "./refs.ts";
import type { RemoteAccess } from "./remote.ts";

export interface MirrorOptions {
  /** Ours alone: whatever else is there is removed. Credentials are kept beside it, in `<dir>.access`. */
  readonly dir: string;
  readonly remote: RemoteAccess;
  readonly settings: GitSettings;
  readonly log?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** More changed refs than this are fetched by pattern, and packed. */
const manyRefs = 100;
/** A remote whose refs move while we fetch is listed again this often. */
const listTries = 3;
const tidyAfter = 50;
const marker = "pkgserver-mirror";

/**
 * A bare repository with the remote's branches and tags under their own names, and those refs in memory. One user at a
 * time may fetch or push: see `RepositoryWriter`. Reading goes on beside that.
 */
export class Mirror {
  readonly dir: string;
  readonly settings: GitSettings;
  readonly #log: NonNullable<MirrorOptions["log"]>;
  readonly #closing = new AbortController();
  readonly #watchers = new Set<(ref: string) => void>();
  #table = new RefTable();
  #remote: RemoteAccess;
  #access: PreparedAccess = { config: [], variables: {}, secrets: [] };
  #reader: ObjectReader;
  #damaged = false;
  /** Pushes and fetches since the last `tidy`. */
  #untidy = 0;

  private constructor(options: MirrorOptions) {
    this.dir = options.dir;
    this.settings = options.settings;
    this.#remote = options.remote;
    this.#log = options.log ?? (() => {});
    this.#reader = this.#startReader();
  }

  /**
   * Takes up the mirror at `dir`, or makes an empty one; a damaged or foreign folder is replaced. Does not talk to the
   * remote: `fetch` does. Throws `GitError`, for example `InvalidURL`, `TransportNotAllowed`, `InvalidCredentials`.
   */
  static async open(options: MirrorOptions): Promise<Mirror> {
    remoteConfig(options.remote.url, options.settings.transports);
    const mirror = new Mirror(options);
    await mirror.setRemote(options.remote);
    if (!(await mirror.#takeUp())) await mirror.#create("sha1");
    return mirror;
  }

  get reader(): ObjectReader {
    return this.#reader;
  }

  get secrets(): readonly string[] {
    return this.#access.secrets;
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

  /** A ref that Git cannot hold beside a new one of this name. */
  findConflict(ref: string): string | undefined {
    return this.#table.findConflict(ref);
  }

  /** New credentials or certificates for the same place. */
  async setRemote(remote: RemoteAccess): Promise<void> {
    this.#access = await prepareAccess(`${this.dir}.access`, remote);
    this.#remote = remote;
  }

  /** Brings the mirror up to the remote and says what moved. A damaged mirror is made anew first. */
  async fetch(): Promise<readonly RefChange[]> {
    if (this.#damaged) return await this.#cloneAnew();
    try {
      const changes = await this.#fetchChanges();
      return this.#damaged ? [...changes, ...(await this.#cloneAnew())] : changes;
    } catch (error) {
      if (!(error instanceof GitError && error.reason === "MirrorCorrupt")) throw error;
      return await this.#cloneAnew();
    }
  }

  /** Something that should be in the mirror could not be read: the next fetch clones anew. */
  reportDamage(): void {
    this.#damaged = true;
  }

  /** Takes over what a push did: `to` null means the ref is gone. */
  async adopt(updates: readonly { readonly ref: string; readonly to: Oid | null }[]): Promise<void> {
    this.#untidy += 1;
    await Promise.all(
      updates.map(async ({ ref, to }) => {
        if (to === null) return this.#deleteRef(ref);
        const [object, commit] = await Promise.all([this.#reader.info(to), this.#reader.info(`${to}^{commit}`)]);
        if (object === undefined) throw new GitError("MirrorCorrupt", `object ${to} is not there`);
        const peeled = commit === undefined ? {} : { commit: commit.oid };
        this.#setRef({ name: ref, oid: to, type: object.type, ...peeled });
      }),
    );
  }

  /** The commit at which two histories part; undefined if they have nothing in common. */
  async mergeBase(a: Oid, b: Oid): Promise<Oid | undefined> {
    const options = { env: this.environment(), cwd: dirname(this.dir), limitMs: this.settings.limits.localMs };
    const result = await runGit(["merge-base", a, b], options);
    return result.code === 0 ? result.stdout.toString().trim() : undefined;
  }

  /** Whether `commit` has `ancestor` in its history, or is it. */
  async contains(commit: Oid, ancestor: Oid): Promise<boolean> {
    const options = { env: this.environment(), cwd: dirname(this.dir), limitMs: this.settings.limits.localMs };
    const result = await runGit(["merge-base", "--is-ancestor", ancestor, commit], options);
    return result.code === 0;
  }

  /**
   * Every fetch leaves a pack and every push loose objects and refs. After enough of them this rolls them together;
   * nothing is ever thrown away. To be called when nobody waits.
   */
  async tidy(): Promise<void> {
    if (this.#untidy < tidyAfter) return;
    this.#untidy = 0;
    await this.runLocal(["pack-refs", "--all"]);
    await this.runLocal(["repack", "-d", "-l", "-q", "--geometric=2"]);
  }

  /** Ends running commands and removes credentials from disk. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#reader.close();
    await removeAccess(`${this.dir}.access`);
  }

  /** The environment of children that work on this mirror, without access to the remote. */
  environment(extra: Environment = {}): Environment {
    return gitEnvironment(this.settings, this.dir, `${this.dir}.access`, [], extra);
  }

  /** Runs git against the remote, which is called `origin`. The caller looks at the exit code. */
  async runRemote(args: readonly string[], limitMs: number, input?: string): Promise<GitResult> {
    const config = [...remoteConfig(this.#remote.url, this.settings.transports), ...this.#access.config];
    const env = gitEnvironment(this.settings, this.dir, `${this.dir}.access`, config, this.#access.variables);
    const options = { env, cwd: dirname(this.dir), limitMs, network: true, signal: this.#closing.signal };
    return await runGit(args, input === undefined ? options : { ...options, input });
  }

  /** Runs git on the mirror alone. Throws `GitError` if it fails. */
  async runLocal(args: readonly string[], input?: string): Promise<Buffer> {
    const options = { env: this.environment(), cwd: dirname(this.dir), limitMs: this.settings.limits.localMs };
    const result = await runGit(args, {
      ...options,
      signal: this.#closing.signal,
      ...(input === undefined ? {} : { input }),
    });
    if (result.code !== 0) throw interpretFailure(result.stderr);
    return result.stdout;
  }

  #startReader(): ObjectReader {
    return new ObjectReader(this.environment(), { onDamage: () => this.reportDamage() });
  }

  async #fetchChanges(): Promise<RefChange[]> {
    for (let attempt = 1; ; attempt++) {
      const remote = await this.#listRemote();
      await this.#matchObjectFormat(remote);
      const known = this.#table.refs;
      const gone = [...known.keys()].filter((name) => !remote.has(name));
      const moved = [...remote].filter(([name, oid]) => known.get(name)?.oid !== oid).map(([name]) => name);
      if (gone.length === 0 && moved.length === 0) return [];
      try {
        return await this.#fetchRefs(gone, moved);
      } catch (error) {
        // A branch that went between the listing and the fetch.
        const again = error instanceof GitError && error.reason === "BranchNotFound" && attempt < listTries;
        if (!again) throw error;
      }
    }
  }

  async #cloneAnew(): Promise<RefChange[]> {
    this.#log("mirror is damaged and is cloned anew", { dir: this.dir });
    const before = new Map(this.#table.refs);
    await this.#create(await this.#objectFormat());
    this.#damaged = false;
    await this.#fetchChanges();
    const after = this.#table.refs;
    const names = new Set([...before.keys(), ...after.keys()]);
    return [...names].map((name) => describeChange(name, before.get(name), after.get(name))).filter(hasMoved);
  }

  async #listRemote(): Promise<Map<string, Oid>> {
    const result = await this.runRemote(["ls-remote", "--heads", "--tags", "origin"], this.settings.limits.fetchMs);
    if (result.code !== 0) throw interpretFailure(result.stderr, this.secrets);
    return parseRemoteRefs(result.stdout);
  }

  async #fetchRefs(gone: readonly string[], moved: readonly string[]): Promise<RefChange[]> {
    const before = new Map([...gone, ...moved].map((name) => [name, this.#table.refs.get(name)]));
    // First, because a branch `a` that is gone may be in the way of `a/b`.
    await this.#deleteRefs(gone);
    if (moved.length > 0) {
      const names = moved.length > manyRefs ? ["refs/heads/*", "refs/tags/*"] : moved;
      const args = ["fetch", "--no-tags", "--no-write-fetch-head", "--refmap=", "--stdin", "origin"];
      const refspecs = names.map((name) => `+${name}:${name}\n`).join("");
      const result = await this.runRemote(args, this.settings.limits.fetchMs, refspecs);
      if (result.code !== 0) throw interpretFailure(result.stderr, this.secrets);
      for (const ref of await this.#readRefs(moved.length > manyRefs ? ["refs/heads/", "refs/tags/"] : moved)) {
        if (!before.has(ref.name)) before.set(ref.name, this.#table.refs.get(ref.name));
        this.#setRef(ref);
      }
      this.#untidy += moved.length > manyRefs ? tidyAfter : 1;
    }
    return [...before].map(([ref, was]) => describeChange(ref, was, this.#table.refs.get(ref))).filter(hasMoved);
  }

  async #deleteRefs(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    // With a transaction update-ref answers, and simple-git does not wait 50 ms for a child that said nothing.
    const lines = ["start", ...names.map((name) => `delete ${name}`), "commit", ""];
    await this.runLocal(["update-ref", "--stdin"], lines.join("\n"));
    for (const name of names) this.#deleteRef(name);
  }

  #setRef(ref: Ref): void {
    const moved = this.#table.refs.get(ref.name)?.oid !== ref.oid;
    this.#table.set(ref);
    if (moved) this.#tell(ref.name);
  }

  #deleteRef(name: string): void {
    this.#table.delete(name);
    this.#tell(name);
  }

  #tell(ref: string): void {
    for (const watcher of this.#watchers) watcher(ref);
  }

  async #readRefs(patterns: readonly string[]): Promise<Ref[]> {
    const listed = parseRefs(await this.runLocal(["for-each-ref", `--format=${refFormat}`, ...patterns]));
    return await Promise.all(
      listed.map(async ({ ref, needsPeeling }) => {
        const commit = needsPeeling ? await this.#reader.info(`${ref.oid}^{commit}`) : undefined;
        return commit === undefined ? ref : { ...ref, commit: commit.oid };
      }),
    );
  }

  async #takeUp(): Promise<boolean> {
    try {
      if ((await readFile(join(this.dir, marker), "utf8")) !== this.#remote.url) return false;
      for (const ref of await this.#readRefs(["refs/heads/", "refs/tags/"])) this.#setRef(ref);
      return true;
    } catch (error) {
      if (await stat(this.dir).catch(() => undefined)) {
        this.#log("mirror is replaced", { dir: this.dir, cause: String(error) });
      }
      return false;
    }
  }

  async #create(format: "sha1" | "sha256"): Promise<void> {
    this.#reader.close();
    const gone = [...this.#table.refs.keys()];
    this.#table = new RefTable();
    for (const name of gone) this.#tell(name);
    await rm(this.dir, { recursive: true, force: true });
    await mkdir(dirname(this.dir), { recursive: true });
    await this.runLocal(["init", "--bare", `--object-format=${format}`]);
    await makeScratch(this.dir);
    // Last, so that a folder with the marker is complete.
    await writeFile(join(this.dir, marker), this.#remote.url);
    this.#reader = this.#startReader();
  }

  /** A remote of the other object format is known by the length of its ids. */
  async #matchObjectFormat(remote: ReadonlyMap<string, Oid>): Promise<void> {
    const oid = remote.values().next().value;
    if (oid === undefined) return;
    const wanted = oid.length === 64 ? "sha256" : "sha1";
    if (wanted !== (await this.#objectFormat())) await this.#create(wanted);
  }

  async #objectFormat(): Promise<"sha1" | "sha256"> {
    const config = await readFile(join(this.dir, "config"), "utf8").catch(() => "");
    return /objectformat = sha256/i.test(config) ? "sha256" : "sha1";
  }
}

/** Where fast-import keeps its refs: a second repository over the same objects, so that ours move only by pushes. */
export function scratchDir(dir: string): string {
  return join(dir, "scratch.git");
}

async function makeScratch(dir: string): Promise<void> {
  const scratch = scratchDir(dir);
  for (const folder of ["refs", "objects"]) await mkdir(join(scratch, folder), { recursive: true });
  for (const file of ["HEAD", "config"]) await copyFile(join(dir, file), join(scratch, file));
}

function describeChange(ref: string, before: Ref | undefined, after: Ref | undefined): RefChange {
  return { ref, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function hasMoved({ before, after }: RefChange): boolean {
  return before?.oid !== after?.oid;
}
