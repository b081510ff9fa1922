import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { TreeEdit } from "../../../core/files/tree-edit.ts";
import type { Person } from "../../../core/identity/person.ts";
import type { GitSettings } from "../exec/environment.ts";
import { DEFAULT_LIMITS } from "../exec/limits.ts";
import { Mirror, type MirrorOptions } from "../mirror/mirror.ts";
import type { NewCommit } from "../push/change.ts";
import { PushQueue, type PushQueueOptions } from "../push/push-queue.ts";
import { writeEmptyRepository } from "./empty-repository.ts";
import { testSigning } from "./signing.ts";

const run = promisify(execFile);
/** The environment of every git process. */
const ambient = { PATH: "/usr/local/bin:/usr/bin:/bin" };

export const testSettings: GitSettings = {
  ambient,
  transports: new Set(["https", "ssh", "http", "file"]),
  // On a busy machine the number of fetches is what ends a search for bad refs, not the time.
  limits: { ...DEFAULT_LIMITS, isolateMs: 100_000 },
  signing: testSigning,
  dataDir: "/nowhere",
  runsLocalHooks: true,
};
export const ann: Person = { name: "Ann", email: "ann@example.com" };
const committer: Person = { name: "pkgserver", email: "pkgserver@example.com" };

/** A temporary folder with a bare repository (the remote) and mirrors of it; `close` deletes all. */
export class TestRepository {
  readonly folder: string;
  readonly bare: string;
  readonly #closers: (() => Promise<void>)[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.bare = join(folder, "remote.git");
  }

  static async create(): Promise<TestRepository> {
    const repository = new TestRepository(await mkdtemp(join(tmpdir(), "pkgserver-git-")));
    // No repacking while a test looks at its files.
    await writeEmptyRepository(repository.bare, "main", "[receive]\n\tautogc = false\n");
    return repository;
  }

  /** Runs git in the remote, as another client; returns its output without the last newline. */
  async git(...args: string[]): Promise<string> {
    return await this.#gitWith("", args);
  }

  /** Commits a file to a branch of the remote, as another client; returns the commit. */
  async commitFile(branch: string, name: string, content: string, mode = "100644"): Promise<string> {
    const stream = [
      `commit ${branch}\nmark :1\ncommitter Else <else@example.com> ${Math.floor(Date.now() / 1000)} +0000\n`,
      dataOf(`add ${name}\n`),
      (await this.#hasRef(branch)) ? `from ${branch}^0\n` : "",
      `M ${mode} inline "${name.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"\n`,
      dataOf(content),
      "get-mark :1\n",
    ];
    return await this.#gitWith(stream.join(""), ["fast-import", "--quiet"]);
  }

  /** Reads the files of git's refs: a process for each commit was a tenth of all git processes. */
  async #hasRef(ref: string): Promise<boolean> {
    const isLoose = await stat(join(this.bare, ref)).then(
      (one) => one.isFile(),
      () => false,
    );
    return isLoose || (await readFile(join(this.bare, "packed-refs"), "utf8").catch(() => "")).includes(` ${ref}\n`);
  }

  async #gitWith(input: string, args: readonly string[]): Promise<string> {
    const author = { GIT_AUTHOR_NAME: "Else", GIT_AUTHOR_EMAIL: "else@example.com" };
    const committer = { GIT_COMMITTER_NAME: "Else", GIT_COMMITTER_EMAIL: "else@example.com" };
    const env = {
      ...ambient,
      ...author,
      ...committer,
      HOME: this.folder,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_DIR: this.bare,
    };
    const running = run("git", args, { env, cwd: this.folder, maxBuffer: 1 << 28 });
    running.child.stdin?.on("error", () => undefined).end(input);
    return (await running).stdout.trimEnd();
  }

  /** Writes a tree with an entry `.git`, which git's checks refuse, and returns its id. `commit` has a file `a`. */
  async writeBadTree(commit: string): Promise<string> {
    const blob = await this.git("rev-parse", `${commit}:a`);
    const file = join(this.folder, "tree");
    await writeFile(file, Buffer.concat([Buffer.from("100644 .git\0"), Buffer.from(blob, "hex")]));
    return await this.git("hash-object", "-t", "tree", "-w", "--literally", file);
  }

  /** Installs a shell script as a hook of the remote. */
  async installHook(name: string, script: string): Promise<void> {
    const path = join(this.bare, "hooks", name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }

  /** Opens a mirror of the remote; does not fetch. */
  async openMirror(options: Partial<MirrorOptions> = {}): Promise<Mirror> {
    const remote = { url: this.bare };
    const mirror = await Mirror.open({
      dir: join(this.folder, "mirror.git"),
      remote,
      settings: testSettings,
      ...options,
    });
    this.#closers.push(() => mirror.close());
    return mirror;
  }

  /** Fetches and opens the push queue of a mirror, by default of a new one. */
  async openQueue(options: Partial<PushQueueOptions> = {}): Promise<PushQueue> {
    const mirror = options.mirror ?? (await this.openMirror());
    await mirror.fetch();
    const queue = new PushQueue({ mirror, committer, now: () => new Date(), ...options });
    this.#closers.push(() => queue.close());
    return queue;
  }

  async close(): Promise<void> {
    for (const close of this.#closers) await close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A text in a stream for `git fast-import`. */
function dataOf(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/** An edit that writes a text file. */
export function putText(path: string, text: string): TreeEdit {
  return { kind: "putFile", path, mode: "100644", bytes: Buffer.from(text) };
}

/** A commit by Ann. */
export function commitOf(...edits: TreeEdit[]): NewCommit {
  return { message: "change\n", author: ann, edits };
}
