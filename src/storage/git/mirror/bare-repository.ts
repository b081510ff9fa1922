import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { interpretFailure, withLocalFiles } from "../errors.ts";
import {
  groupScriptName,
  type PreparedCredentials,
  prepareCredentials,
  removeCredentials,
} from "../exec/credentials.ts";
import { type Environment, type GitSettings, gitEnvironment, remoteConfig } from "../exec/environment.ts";
import { mkdirp } from "../exec/mkdirp.ts";
import type { RemoteAccess } from "../exec/remote-access.ts";
import { type GitResult, groupScript, type RunOptions, runGit } from "../exec/run-git.ts";
import { ObjectReader } from "../objects/object-reader.ts";

export type ObjectFormat = "sha1" | "sha256";

export interface BareRepositoryOptions {
  /** Ours alone: whatever else is there is removed. Credentials are kept beside it, in `<dir>.access`. */
  readonly dir: string;
  readonly remote: RemoteAccess;
  readonly settings: GitSettings;
  /** Called when an object is there and cannot be read. */
  readonly onDamage: () => void;
}

const marker = "pkgserver-mirror";
/** Paths in the folder that only a command that is under way needs. No ref's name ends in `.lock`. */
const leftover =
  /\.lock$|^packed-refs\.new$|^objects\/(?:[^/]+\/)?(?:\.?tmp[_-][^/]*)$|^scratch\.git\/fast_import_crash_[^/]*$/;

/** The folder of a mirror, and git run on it: with access to the remote, or without. */
export class BareRepository {
  readonly dir: string;
  readonly settings: GitSettings;
  readonly #onDamage: () => void;
  readonly #closing = new AbortController();
  #remote: RemoteAccess;
  #access: PreparedCredentials = { config: [], variables: {}, secrets: [] };
  #reader: ObjectReader;

  constructor({ dir, remote, settings, onDamage }: BareRepositoryOptions) {
    this.dir = dir;
    this.settings = settings;
    this.#onDamage = onDamage;
    this.#remote = remote;
    this.#reader = this.#startReader();
  }

  get reader(): ObjectReader {
    return this.#reader;
  }

  /** What must never be shown. */
  get secrets(): readonly string[] {
    return this.#access.secrets;
  }

  /** Where fast-import keeps its refs: a second repository over the same objects, so that ours move only by pushes. */
  get scratch(): string {
    return join(this.dir, "scratch.git");
  }

  /** The environment of children that work on the objects here, without access to the remote. */
  environment(extra: Environment = {}): Environment {
    return gitEnvironment(this.settings, this.dir, `${this.dir}.access`, [], extra);
  }

  /** Throws `GitError`: `InvalidURL`, `TransportNotAllowed`, `InvalidCredentials`, `DiskFull`, `DataDirNotWritable`. */
  async setRemote(remote: RemoteAccess): Promise<void> {
    remoteConfig(remote.url, this.settings.transports);
    this.#access = await withLocalFiles(() => prepareCredentials(`${this.dir}.access`, remote, this.settings.limits));
    this.#remote = remote;
  }

  /** Whether the folder was made by `create` for this remote. */
  async isOurs(): Promise<boolean> {
    return (await readFile(join(this.dir, marker), "utf8").catch(() => undefined)) === this.#remote.url;
  }

  /** Makes the folder an empty repository, whatever was there. Throws `GitError`. */
  async create(format: ObjectFormat): Promise<void> {
    await withLocalFiles(() => this.#create(format));
  }

  async #create(format: ObjectFormat): Promise<void> {
    this.#reader.close();
    await rm(this.dir, { recursive: true, force: true });
    // Who removed the folder may have removed what is beside it, too.
    await this.setRemote(this.#remote);
    await this.runLocal(["init", "--bare", `--object-format=${format}`]);
    for (const folder of ["refs", "objects"]) await mkdirp(join(this.scratch, folder));
    for (const file of ["HEAD", "config"]) await copyFile(join(this.dir, file), join(this.scratch, file));
    // Last, so that a folder with the marker is complete.
    await writeFile(join(this.dir, marker), this.#remote.url);
    this.#reader = this.#startReader();
  }

  /**
   * Removes what commands that did not end well have left: locks that would hold up all who come later, and files that git itself
   * removes only when it collects garbage, which it never does here. For when no command runs that writes.
   */
  async removeUnfinished(): Promise<void> {
    const names = await readdir(this.dir, { recursive: true }).catch(() => []);
    const unfinished = names.filter((name) => leftover.test(name));
    await Promise.all(
      unfinished.map((name) => rm(join(this.dir, name), { recursive: true, force: true }).catch(() => {})),
    );
  }

  /** From now on the folder is not taken up again: the next one who opens it clones anew. */
  async disown(): Promise<void> {
    await rm(join(this.dir, marker), { force: true }).catch(() => {});
  }

  /** Whether configuration and script are what they were made, and `oids` are there. Asks a git that remembers nothing. */
  async isWhole(oids: Iterable<string>): Promise<boolean> {
    const read = (dir: string, name: string) => readFile(join(dir, name), "utf8").catch(() => undefined);
    for (const name of ["HEAD", "config"]) {
      // Two copies of what never changes: where they differ, one is damaged.
      const [own, copy] = await Promise.all([read(this.dir, name), read(this.scratch, name)]);
      if (own === undefined || own !== copy) return false;
    }
    const script = await read(`${this.dir}.access`, groupScriptName);
    if (script !== groupScript(this.settings.limits)) return false;
    const input = [...oids].map((oid) => `${oid}\n`).join("");
    // git is not told of the end of an input that never began.
    if (input === "") return true;
    const { code, stdout } = await this.tryLocal(["cat-file", "--batch-check"], input);
    return code === 0 && !stdout.includes(" missing\n");
  }

  async objectFormat(): Promise<ObjectFormat> {
    const config = await readFile(join(this.dir, "config"), "utf8").catch(() => "");
    return /objectformat = sha256/i.test(config) ? "sha256" : "sha1";
  }

  reachFailpoint(effect: string, moment: "before" | "after"): void {
    this.settings.onFailpoint?.(effect, moment, this.#remote.url);
  }

  /** Runs git against the remote, which is called `origin`. The caller looks at the exit code. */
  async runRemote(
    args: readonly string[],
    limitMs: number,
    extra: Environment = {},
    input?: string,
  ): Promise<GitResult> {
    const config = [...remoteConfig(this.#remote.url, this.settings.transports), ...this.#access.config];
    const variables = { ...this.#access.variables, ...extra };
    const env = gitEnvironment(this.settings, this.dir, `${this.dir}.access`, config, variables);
    return await this.#run(args, { env, limitMs, groupScript: join(`${this.dir}.access`, groupScriptName), input });
  }

  /** Runs git on the folder alone. The caller looks at the exit code. */
  async tryLocal(args: readonly string[], input?: string): Promise<GitResult> {
    return await this.#run(args, { env: this.environment(), limitMs: this.settings.limits.localMs, input });
  }

  /** Runs git on the folder alone. Throws `GitError` if it fails. */
  async runLocal(args: readonly string[], input?: string): Promise<Buffer> {
    const result = await this.tryLocal(args, input);
    if (result.code !== 0) throw interpretFailure(result.stderr);
    return result.stdout;
  }

  /** Ends running commands and removes credentials from disk. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#reader.close();
    await removeCredentials(`${this.dir}.access`);
  }

  async #run(args: readonly string[], options: Omit<RunOptions, "cwd" | "signal">): Promise<GitResult> {
    const effect = `git ${args[0]}`;
    this.reachFailpoint(effect, "before");
    const cwd = dirname(this.dir);
    await withLocalFiles(() => mkdirp(cwd));
    const result = await runGit(args, { ...options, cwd, signal: this.#closing.signal });
    this.reachFailpoint(effect, "after");
    return result;
  }

  #startReader(): ObjectReader {
    return new ObjectReader(this.environment(), { onDamage: this.#onDamage });
  }
}
