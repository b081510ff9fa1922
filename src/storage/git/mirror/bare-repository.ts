import { chmod, copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ObjectFormat } from "../../../core/identity/oid.ts";
import { interpretFailure, withLocalFiles } from "../error-patterns.ts";
import { GitError } from "../errors.ts";
import { type PreparedCredentials, prepareCredentials, removeCredentials } from "../exec/credentials.ts";
import {
  type ConfigPair,
  type Environment,
  type GitSettings,
  gitEnvironment,
  localRemoteConfig,
  remoteConfig,
} from "../exec/environment.ts";
import type { MemorySeat } from "../exec/git-memory.ts";
import type { GitLimits } from "../exec/limits.ts";
import { resolveLocalRemote } from "../exec/local-remote.ts";
import { mkdirp } from "../exec/mkdirp.ts";
import { GROUP_SCRIPT_NAME, groupLimits } from "../exec/process-group.ts";
import { checkRemoteUrl, type RemoteAccess } from "../exec/remote-access.ts";
import { type GitResult, MAX_OUTPUT, type RunOptions, runGit } from "../exec/run-git.ts";
import { hasUncheckedObjects, requireSmartHttp, type Traced } from "../exec/smart-http.ts";
import { type StreamOptions, type StreamResult, streamGit, tooLongError } from "../exec/stream-git.ts";
import { ObjectReader } from "../objects/object-reader.ts";
import { containsSecret } from "../secret-likeness.ts";
import { removeUnfinishedFiles } from "./unfinished-files.ts";

export interface BareRepositoryOptions {
  /** For this repository alone: any other content is deleted. Credentials are kept in `<dir>.access`. */
  readonly dir: string;
  readonly remote: RemoteAccess;
  readonly settings: GitSettings;
  /** Whose memory git uses. */
  readonly namespace?: string | undefined;
  /** Called when an object exists and cannot be read. */
  readonly onDamage: () => void;
}

/** How one command that contacts the remote differs from others. */
export interface RemoteOptions {
  readonly variables?: Environment;
  readonly input?: string | undefined;
  /** Limits below those of the settings. */
  readonly limits?: Partial<Pick<GitLimits, "memoryBytes" | "fileBytes">>;
  /** Ends git with this signal's reason, a `GitError`. */
  readonly cancel?: AbortSignal | undefined;
}

/** A file that holds the remote's URL; written last, so that a directory with it is complete. */
const MARKER = "pkgserver-mirror";
/** Commands whose memory grows with what a remote or a mirror has: they wait for free memory. */
const HEAVY: ReadonlySet<string> = new Set(["fetch", "push", "repack"]);
/** Other users of the volume must not read a tenant's files. */
const PRIVATE = 0o700;

/** The directory of a mirror, and git commands in it: with access to the remote, or without. */
export class BareRepository {
  readonly dir: string;
  readonly settings: GitSettings;
  readonly #namespace: string | undefined;
  readonly #onDamage: () => void;
  readonly #closing = new AbortController();
  #remote: RemoteAccess;
  #credentials: PreparedCredentials = { config: [], variables: {}, secrets: [] };
  #reader: ObjectReader;

  constructor({ dir, remote, settings, namespace, onDamage }: BareRepositoryOptions) {
    this.dir = dir;
    this.#namespace = namespace;
    this.settings = settings;
    this.#onDamage = onDamage;
    this.#remote = remote;
    this.#reader = this.#startReader();
  }

  /** Another object after each `create`. */
  get reader(): ObjectReader {
    return this.#reader;
  }

  /** Texts that no message or log may contain. */
  get secrets(): readonly string[] {
    return this.#credentials.secrets;
  }

  /** The directory of keys, certificates and the process group script; also `HOME` of git. */
  get accessDir(): string {
    return `${this.dir}.access`;
  }

  /** The file of `FollowedCommits`. A mirror that is cloned again keeps it. */
  get followedFile(): string {
    return `${this.dir}.followed`;
  }

  /**
   * The repository in which fast-import keeps its refs. It shares the objects, so that imports move no ref of the
   * mirror.
   */
  get scratch(): string {
    return join(this.dir, "scratch.git");
  }

  /** The environment of git processes that work on this repository without access to the remote. */
  environment(extra: Environment = {}): Environment {
    return gitEnvironment(this.settings, this.dir, this.accessDir, [], extra);
  }

  /**
   * Sets URL and credentials. Throws `GitError`: `InvalidURL`, `TransportNotAllowed`, `InvalidCredentials`, `DiskFull`,
   * `DataDirNotWritable`.
   */
  async setRemote(remote: RemoteAccess): Promise<void> {
    remoteConfig(remote.url, this.settings.transports);
    this.#credentials = await withLocalFiles(() => prepareCredentials(this.accessDir, remote, this.settings.limits));
    this.#remote = remote;
  }

  /** True if an interrupted command may have left objects that git has not checked. No command may run meanwhile. */
  async hasUncheckedObjects(): Promise<boolean> {
    return await hasUncheckedObjects(this.dir);
  }

  /** True if `create` made the directory, for the same URL. */
  async isOwnMirror(): Promise<boolean> {
    const url = await readFile(join(this.dir, MARKER), "utf8").catch(() => undefined);
    if (url !== this.#remote.url) return false;
    // Earlier versions left it readable.
    await withLocalFiles(() => chmod(this.dir, PRIVATE));
    return true;
  }

  /** Replaces the directory by an empty repository. Starts a git process. Throws `GitError`. */
  async create(objectFormat: ObjectFormat): Promise<void> {
    await withLocalFiles(() => this.#create(objectFormat));
  }

  async #create(objectFormat: ObjectFormat): Promise<void> {
    this.#reader.close();
    await rm(this.dir, { recursive: true, force: true });
    // The directory of credentials may have been deleted together with the repository.
    await this.setRemote(this.#remote);
    await mkdirp(this.dir, PRIVATE);
    await this.runLocal(["init", "--bare", `--object-format=${objectFormat}`]);
    for (const folder of ["refs", "objects"]) await mkdirp(join(this.scratch, folder));
    for (const file of ["HEAD", "config"]) await copyFile(join(this.dir, file), join(this.scratch, file));
    await writeFile(join(this.dir, MARKER), this.#remote.url);
    this.#reader = this.#startReader();
  }

  /** See `removeUnfinishedFiles`. */
  async removeUnfinished(): Promise<void> {
    await removeUnfinishedFiles(this.dir);
  }

  /** Makes `isOwnMirror` false for whichever process opens the directory next. Never throws. */
  async invalidate(): Promise<void> {
    await rm(join(this.dir, MARKER), { force: true }).catch(() => {});
  }

  async objectFormat(): Promise<ObjectFormat> {
    const config = await readFile(join(this.dir, "config"), "utf8").catch(() => "");
    return /objectformat = sha256/i.test(config) ? "sha256" : "sha1";
  }

  reachFailpoint(effect: string, moment: "before" | "after"): void {
    this.settings.onFailpoint?.(effect, moment, this.#remote.url);
  }

  /**
   * Runs git with the remote `origin`. The caller checks the exit code. Throws `GitError`: `Timeout` after `limitMs`,
   * `RemoteTooLarge`, `Closed`, `DiskFull`, `DataDirNotWritable`.
   */
  async runRemote(args: readonly string[], limitMs: number, options: RemoteOptions = {}): Promise<GitResult> {
    const chunks: Buffer[] = [];
    let left = MAX_OUTPUT.stdout;
    const onOutput = (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) throw tooLongError(args);
      chunks.push(chunk);
    };
    const result = await this.streamRemote(args, limitMs, onOutput, options);
    return { ...result, stdout: Buffer.concat(chunks) };
  }

  /** The same for a command whose output is not held: see `streamGit`. */
  async streamRemote(
    args: readonly string[],
    limitMs: number,
    onOutput: (chunk: Buffer) => void,
    options: RemoteOptions = {},
  ): Promise<StreamResult> {
    const { input, cancel } = options;
    const { memory } = this.settings;
    const run = async (traced?: Traced) => {
      const access = await this.#withRemote({ ...options, variables: { ...options.variables, ...traced?.variables } });
      const how = { ...access, limitMs, input, cancel, onOutput, onTrace: traced?.onTrace, memory };
      return await this.#start(args, (place) => streamGit(args, { ...how, ...place }), cancel);
    };
    if (!/^https?:/i.test(this.#remote.url)) return await run();
    const command = { name: args[0] ?? "", gitDir: this.dir, onUnchecked: this.#onDamage };
    return await withLocalFiles(() => requireSmartHttp(command, run));
  }

  async #withRemote({
    limits = {},
    variables = {},
  }: RemoteOptions): Promise<Pick<StreamOptions, "env" | "groupScript">> {
    const config = [...(await this.#remoteConfig()), ...this.#credentials.config];
    const extra = { ...this.#credentials.variables, ...groupLimits(limits), ...variables };
    const env = gitEnvironment(this.settings, this.dir, this.accessDir, config, extra);
    return { env, groupScript: join(this.accessDir, GROUP_SCRIPT_NAME) };
  }

  /** Checked before every command: what a path leads to may change at any time. */
  async #remoteConfig(): Promise<readonly ConfigPair[]> {
    const { transports, dataDir, runsLocalHooks } = this.settings;
    const { url } = this.#remote;
    if (checkRemoteUrl(url, transports) !== "file") return remoteConfig(url, transports);
    return localRemoteConfig(await resolveLocalRemote(url, dataDir), runsLocalHooks ?? false);
  }

  /** Runs git without the remote. The caller checks the exit code. Throws as `runRemote`, after `limits.localMs`. */
  async tryLocal(args: readonly string[], input?: string): Promise<GitResult> {
    return await this.#run(args, { env: this.environment(), limitMs: this.settings.limits.localMs, input });
  }

  /** Hands the output of git without the remote on, piece by piece. Throws as `runLocal`. */
  async streamLocal(args: readonly string[], onOutput: (chunk: Buffer) => void): Promise<void> {
    const { limits, memory } = this.settings;
    const how = { env: this.environment(), limitMs: limits.localMs, onOutput, memory };
    const { code, stderr } = await this.#start(args, (place) => streamGit(args, { ...how, ...place }));
    if (code !== 0) throw interpretFailure(stderr);
  }

  /** Runs git without the remote and returns its output. Throws `GitError`, also if git fails. */
  async runLocal(args: readonly string[], input?: string): Promise<Buffer> {
    const result = await this.tryLocal(args, input);
    if (result.code !== 0) throw interpretFailure(result.stderr);
    return result.stdout;
  }

  /** Ends running git processes and deletes the credentials from disk. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#reader.close();
    await removeCredentials(this.accessDir);
  }

  async #run(args: readonly string[], options: Omit<RunOptions, "cwd" | "signal">): Promise<GitResult> {
    return await this.#start(args, (place) => runGit(args, { ...options, ...place }));
  }

  async #start<T>(
    args: readonly string[],
    run: (place: Pick<StreamOptions, "cwd" | "signal" | "seat">) => Promise<T>,
    cancel?: AbortSignal,
  ): Promise<T> {
    const effect = `git ${args[0]}`;
    this.reachFailpoint(effect, "before");
    const cwd = dirname(this.dir);
    await withLocalFiles(() => mkdirp(cwd));
    const { signal } = this.#closing;
    const seat = HEAVY.has(args[0] ?? "") ? await this.#admit(`${args[0]} ${this.dir}`, cancel) : undefined;
    const result = await run({ cwd, signal, seat }).finally(() => seat?.release());
    this.reachFailpoint(effect, "after");
    return result;
  }

  async #admit(key: string, cancel: AbortSignal | undefined): Promise<MemorySeat | undefined> {
    try {
      const signals = [this.#closing.signal, ...(cancel === undefined ? [] : [cancel])];
      return await this.settings.memory?.admit(key, AbortSignal.any(signals), this.#namespace);
    } catch (error) {
      throw error instanceof GitError ? error : new GitError("Closed", "the repository was closed");
    }
  }

  #startReader(): ObjectReader {
    return new ObjectReader(this.environment(), {
      onDamage: this.#onDamage,
      memory: this.settings.memory,
      signing: this.settings.signing,
      containsSecret: (text) => containsSecret(text, this.secrets),
    });
  }
}
