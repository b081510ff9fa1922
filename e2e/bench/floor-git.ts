import { spawn } from "node:child_process";
import { buffer } from "node:stream/consumers";
import { gitEnvironment, runGit } from "../harness/git-command.ts";
import type { Credentials } from "../harness/git-server.ts";
import type { ImportStream } from "./import-stream.ts";
import type { Files } from "./package.ts";

/** A ref that a push moves; an empty id: the ref does not exist. */
export interface RefMove {
  readonly ref: string;
  readonly from: string;
  readonly to: string;
}

interface FoundObject {
  readonly oid: string;
  readonly bytes: Buffer;
}

export interface ReadPackage {
  readonly commit: string;
  readonly files: Files;
}

/**
 * Git commands that any implementation needs: a bare clone, one fast-import and one push for each step, one cat-file
 * for reading.
 */
export class FloorGit {
  readonly #dir: string;
  readonly #url: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(dir: string, url: string, { user, password }: Credentials) {
    this.#dir = dir;
    this.#url = url;
    // Sent with the first request, which saves the round trip of a refusal.
    const authorization = Buffer.from(`${user}:${password}`).toString("base64");
    const config = [
      ["http.extraHeader", `Authorization: Basic ${authorization}`],
      ["core.fsync", "none"],
      ["gc.auto", "0"],
      ["maintenance.auto", "false"],
    ];
    this.#env = {
      GIT_CONFIG_COUNT: String(config.length),
      ...Object.fromEntries(
        config.flatMap(([key = "", value = ""], at) => [
          [`GIT_CONFIG_KEY_${at}`, key],
          [`GIT_CONFIG_VALUE_${at}`, value],
        ]),
      ),
    };
  }

  /** Clones all branches and tags into `dir`, an empty folder. Its refs are packed, as in every clone. */
  static async clone(dir: string, url: string, credentials: Credentials): Promise<FloorGit> {
    const git = new FloorGit(dir, url, credentials);
    await git.#run("clone", "--quiet", "--bare", "--template=", url, ".");
    return git;
  }

  /** Full name → id on the remote. */
  async list(): Promise<ReadonlyMap<string, string>> {
    return readRefs(await this.#run("ls-remote", "--heads", "--tags", this.#url));
  }

  /** Full name → id in the clone. */
  async refs(): Promise<ReadonlyMap<string, string>> {
    return readRefs(await this.#run("for-each-ref", "--format=%(objectname)\t%(refname)"));
  }

  async fetch(...refspecs: readonly string[]): Promise<void> {
    await this.#run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", this.#url, ...refspecs);
  }

  /** Writes the objects of a stream. Returns the ids of its marks, in their order. */
  async write(stream: ImportStream): Promise<readonly string[]> {
    const args = ["fast-import", "--quiet", "--force"];
    return (await runGit(this.#dir, args, { input: stream.finish(), env: this.#env })).trimEnd().split("\n");
  }

  async push(moves: readonly RefMove[]): Promise<void> {
    await this.#run(
      ...["push", "--quiet", "--atomic", "--no-verify"],
      ...moves.map(({ ref, from }) => `--force-with-lease=${ref}:${from}`),
      this.#url,
      ...moves.map(({ ref, to }) => `${to}:${ref}`),
    );
  }

  /**
   * Reads packages at refs: the annotated tag with approver and time, or the head of a branch, the folder, and its
   * files.
   */
  async read(refs: readonly { readonly ref: string; readonly folder: string }[]): Promise<readonly ReadPackage[]> {
    const specs = refs.flatMap(({ ref, folder }) => [ref, `${ref}^{commit}:${folder}`]);
    const found = await this.#readObjects(specs);
    const trees = refs.map((_, at) => parseTree(found[at * 2 + 1]?.bytes ?? Buffer.alloc(0)));
    const blobs = await this.#readObjects(trees.flatMap((tree) => tree.map(({ oid }) => oid)));
    let next = 0;
    return trees.map((tree, at) => {
      const files = tree.map(({ name }) => [name, (blobs[next++]?.bytes ?? Buffer.alloc(0)).toString("utf8")] as const);
      const { oid = "", bytes = "" } = found[at * 2] ?? {};
      const commit = /^object ([0-9a-f]+)/.exec(bytes.toString("utf8"))?.[1] ?? oid;
      return { commit, files: Object.fromEntries(files) };
    });
  }

  async #readObjects(specs: readonly string[]): Promise<readonly FoundObject[]> {
    const child = spawn("git", ["cat-file", "--batch", "--buffer"], { cwd: this.#dir, env: gitEnvironment(this.#env) });
    child.stdin.end(specs.map((spec) => `${spec}\n`).join(""));
    const output = await buffer(child.stdout);
    const objects: FoundObject[] = [];
    for (let at = 0; at < output.length; ) {
      const end = output.indexOf(0x0a, at);
      const header = output.toString("latin1", at, end);
      const size = Number(/ (\d+)$/.exec(header)?.[1]);
      if (!(size >= 0)) throw new Error(`git cat-file: ${header}`);
      const oid = header.slice(0, header.indexOf(" "));
      objects.push({ oid, bytes: output.subarray(end + 1, end + 1 + size) });
      at = end + 1 + size + 1;
    }
    return objects;
  }

  async #run(...args: readonly string[]): Promise<string> {
    return await runGit(this.#dir, args, { env: this.#env });
  }
}

function readRefs(text: string): ReadonlyMap<string, string> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.endsWith("^{}"));
  return new Map(lines.map((line) => [line.slice(line.indexOf("\t") + 1), line.slice(0, line.indexOf("\t"))]));
}

function parseTree(bytes: Buffer): readonly { readonly name: string; readonly oid: string }[] {
  const entries: { readonly name: string; readonly oid: string }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at);
    const entry = bytes.toString("utf8", at, end);
    entries.push({ name: entry.slice(entry.indexOf(" ") + 1), oid: bytes.toString("hex", end + 1, end + 21) });
    at = end + 21;
  }
  return entries;
}
