import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { buffer, text } from "node:stream/consumers";
import type { Oid } from "../../src/core/identity/oid.ts";
import { gitEnvironment } from "../harness/git-command.ts";

export interface GitObject {
  readonly oid: Oid;
  readonly type: string;
  readonly size: number;
  /** Only for queries with `withBytes`. */
  readonly bytes?: Buffer;
}

/** A query of `git cat-file`: an id, or a spec such as `<id>^{commit}` or `<id>:folder/`. */
export interface ObjectQuery {
  readonly spec: string;
  readonly withBytes: boolean;
}

interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes of a success. */
  readonly codes?: readonly number[];
}

/** Runs git in a bare repository and returns its stdout. Throws an Error with the command and stderr. */
export async function runGitBytes(
  dir: string,
  args: readonly string[],
  { input = "", env: more = {}, codes = [0] }: RunOptions = {},
): Promise<Buffer> {
  const child = spawn("git", args, { cwd: dir, env: environmentOf(dir, more) });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [code, stdout, stderr] = await Promise.all([ended, buffer(child.stdout), buffer(child.stderr)]);
  if (code !== null && codes.includes(code)) return stdout;
  throw new Error(`git ${args.slice(0, 3).join(" ")} ended with ${code}: ${stderr.toString().trim()}`);
}

function environmentOf(dir: string, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  // Clones do not get the replacements of `git replace` or grafts.
  return gitEnvironment({ GIT_DIR: dir, GIT_NO_REPLACE_OBJECTS: "1", ...more });
}

/**
 * Reads objects of a repository with one git process, which runs until `close`; one `read` at a time. Throws an Error
 * with git's message.
 */
export class ObjectBatch {
  readonly #git: ChildProcessWithoutNullStreams;
  readonly #output: AsyncIterator<Buffer>;
  readonly #stderr: Promise<string>;
  readonly #closed: Promise<void>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(dir: string) {
    this.#git = spawn("git", ["cat-file", "--batch-command", "--buffer", "-z"], { cwd: dir, env: environmentOf(dir) });
    this.#git.stdin.on("error", () => undefined);
    this.#stderr = text(this.#git.stderr);
    this.#closed = new Promise((resolve) => this.#git.on("close", () => resolve()).on("error", () => resolve()));
    this.#output = this.#git.stdout[Symbol.asyncIterator]();
  }

  /** In the order of the queries; undefined for missing objects. */
  async read(queries: readonly ObjectQuery[]): Promise<readonly (GitObject | undefined)[]> {
    if (queries.length === 0) return [];
    const commands = queries.map(({ spec, withBytes }) => `${withBytes ? "contents" : "info"} ${spec}\0`);
    this.#git.stdin.write(`${commands.join("")}flush\0`);
    const objects: (GitObject | undefined)[] = [];
    for (const { withBytes } of queries) objects.push(await this.#readObject(withBytes));
    return objects;
  }

  async close(): Promise<void> {
    this.#git.stdin.end();
    await this.#output.return?.();
    await this.#closed;
  }

  async #readObject(withBytes: boolean): Promise<GitObject | undefined> {
    const match = /^([0-9a-f]{40,64}) (commit|tag|tree|blob) ([0-9]+)$/.exec(await this.#readLine());
    if (match === null) return undefined;
    const [oid = "", type = "", digits = ""] = match.slice(1);
    const size = Number(digits);
    // A newline follows the contents.
    return withBytes ? { oid, type, size, bytes: (await this.#take(size + 1)).subarray(0, size) } : { oid, type, size };
  }

  async #readLine(): Promise<string> {
    let end = this.#rest.indexOf("\n");
    while (end < 0) {
      this.#rest = Buffer.concat([this.#rest, await this.#readChunk()]);
      end = this.#rest.indexOf("\n");
    }
    return (await this.#take(end + 1)).toString("utf8", 0, end);
  }

  async #take(length: number): Promise<Buffer> {
    const chunks = [this.#rest];
    for (let got = this.#rest.length; got < length; got += chunks.at(-1)?.length ?? 0) {
      chunks.push(await this.#readChunk());
    }
    const all = chunks.length === 1 ? this.#rest : Buffer.concat(chunks);
    this.#rest = all.subarray(length);
    return all.subarray(0, length);
  }

  async #readChunk(): Promise<Buffer> {
    const { done, value } = await this.#output.next();
    if (done) throw new Error(`git cat-file ended before its answers: ${(await this.#stderr).trim()}`);
    return value;
  }
}

/** Reads objects with a process of their own, in the order of the queries; undefined for missing objects. */
export async function readObjects(
  dir: string,
  queries: readonly ObjectQuery[],
): Promise<readonly (GitObject | undefined)[]> {
  const batch = new ObjectBatch(dir);
  try {
    return await batch.read(queries);
  } finally {
    await batch.close();
  }
}
