import { spawn } from "node:child_process";
import { buffer } from "node:stream/consumers";
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

/** Runs git in a bare repository and returns its stdout. Throws an Error with the command and stderr. */
export async function runGitBytes(
  dir: string,
  args: readonly string[],
  { input = "", env: more = {} }: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Buffer> {
  // Clones do not get the replacements of `git replace` or grafts.
  const env = gitEnvironment({ GIT_DIR: dir, GIT_NO_REPLACE_OBJECTS: "1", ...more });
  const child = spawn("git", args, { cwd: dir, env });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [code, stdout, stderr] = await Promise.all([ended, buffer(child.stdout), buffer(child.stderr)]);
  if (code !== 0) throw new Error(`git ${args.slice(0, 3).join(" ")} ended with ${code}: ${stderr.toString().trim()}`);
  return stdout;
}

/** Reads many objects with one `git cat-file`, in the order of the queries; undefined for missing objects. */
export async function readObjects(
  dir: string,
  queries: readonly ObjectQuery[],
): Promise<readonly (GitObject | undefined)[]> {
  if (queries.length === 0) return [];
  const input = queries.map(({ spec, withBytes }) => `${withBytes ? "contents" : "info"} ${spec}\0`).join("");
  const output = await runGitBytes(dir, ["cat-file", "--batch-command", "--buffer", "-z"], { input });
  let at = 0;
  return queries.map(({ withBytes }) => {
    const end = output.indexOf(0x0a, at);
    const match = /^([0-9a-f]{40,64}) (commit|tag|tree|blob) ([0-9]+)$/.exec(output.toString("utf8", at, end));
    at = end + 1;
    if (match === null) return undefined;
    const [oid = "", type = "", size = "0"] = match.slice(1);
    if (!withBytes) return { oid, type, size: Number(size) };
    const bytes = output.subarray(at, at + Number(size));
    at += bytes.length + 1;
    return { oid, type, size: bytes.length, bytes };
  });
}
