import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describeForeignError } from "../../../core/conditions/foreign-error.ts";
import type { FileMode, TreeEdit } from "../../../core/files/tree-edit.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { interpretFailure } from "../error-patterns.ts";
import { GitError } from "../errors.ts";
import type { Environment } from "../exec/environment.ts";
import { type CommitterSignature, personLine } from "./object-text.ts";

/** Bytes of one write to the pipe of git. */
const MIN_WRITE = 256 * 1024;

/** A commit of the same import, by its mark, or an existing one. */
export type Parent = Oid | { readonly mark: number };

/** The only branch of an import. It is reset at the end, so that fast-import does not write it. */
const WORK_REF = "refs/work";

/** Builds the input of `git fast-import`: commits, each with a mark (1, 2, …), whose trees it prints. */
export class ImportStream {
  readonly #chunks: Buffer[] = [];
  readonly #signature: CommitterSignature;
  #text = "";
  #marks = 0;

  constructor(signature: CommitterSignature) {
    this.#signature = signature;
  }

  /** Number of commits so far; also the last mark. */
  get marks(): number {
    return this.#marks;
  }

  /** Adds a commit on top of `parent`, or a root commit, and returns its mark. */
  addCommit(parent: Parent | undefined, edits: readonly TreeEdit[]): number {
    const mark = ++this.#marks;
    this.#text += `reset ${WORK_REF}\n${parent === undefined ? "" : `from ${parentName(parent)}\n`}\n`;
    this.#text += `commit ${WORK_REF}\nmark :${mark}\n`;
    this.#text += `committer ${personLine(this.#signature.committer, this.#signature.now)}\n`;
    this.#addData("");
    for (const edit of edits) {
      const path = quotePath(edit.path);
      switch (edit.kind) {
        case "putFile":
          this.#text += `M ${edit.mode} inline ${path}\n`;
          this.#addData(edit.bytes);
          break;
        case "putObject":
          this.#text += `M ${edit.mode satisfies FileMode} ${edit.oid} ${path}\n`;
          break;
        case "putTree":
          this.#text += `M 040000 ${edit.tree} ${path}\n`;
          break;
        case "remove":
          this.#text += `D ${path}\n`;
          break;
      }
    }
    this.#text += "\n";
    return mark;
  }

  /** Completes the input; call once. */
  finish(): readonly Buffer[] {
    this.#text += `reset ${WORK_REF}\n\n`;
    for (let mark = 1; mark <= this.#marks; mark++) this.#text += `ls :${mark} ""\n`;
    this.#text += "done\n";
    this.#flush();
    return this.#chunks;
  }

  #addData(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.length);
    this.#text += `data ${bytes.length}\n`;
    this.#flush();
    this.#chunks.push(bytes);
    this.#text = "\n";
  }

  #flush(): void {
    if (this.#text !== "") this.#chunks.push(Buffer.from(this.#text));
    this.#text = "";
  }
}

/**
 * Runs `git fast-import` and returns the root trees of the commits, in the order of their marks. Throws `GitError`:
 * `InvalidChange` if the input names an unusable object or name, `Timeout` after `limitMs`, `DiskFull`, `MirrorCorrupt`
 * and others. Objects that were written nevertheless are harmless: no ref leads to them.
 */
export async function runFastImport(env: Environment, stream: ImportStream, limitMs: number): Promise<Oid[]> {
  if (stream.marks === 0) return [];
  const args = ["fast-import", "--quiet", "--done", "--date-format=raw"];
  const child = spawn("git", args, { env, cwd: "/", timeout: limitMs, killSignal: "SIGKILL" });
  const chunks = groupChunks(stream.finish());
  const [code, stdout, stderr] = await Promise.all([
    waitForExit(child),
    readAll(child.stdout),
    readAll(child.stderr),
    // If git fails, it closes the pipe; its message is more useful than EPIPE.
    pipeline(Readable.from(chunks), child.stdin).catch(() => {}),
  ]);
  if (child.killed) throw new GitError("Timeout", `git fast-import did not end within ${limitMs / 1000} s`);
  if (code !== 0) throw interpretImportFailure(stderr);
  const trees = [...stdout.matchAll(/^040000 tree ([0-9a-f]+)\t\n/gm)].flatMap(([, tree]) => tree ?? []);
  if (trees.length !== stream.marks) throw new GitError("Unknown", "git fast-import did not report all trees");
  return trees;
}

/** A failure without a known pattern is about an object or a name in the change. */
function interpretImportFailure(stderr: string): GitError {
  const error = interpretFailure(stderr);
  return error.reason === "Unknown" ? new GitError("InvalidChange", error.message) : error;
}

/** Joins small chunks: a write to a pipe costs more than copying a few kilobytes. */
function groupChunks(chunks: readonly Buffer[]): Buffer[] {
  const grouped: Buffer[] = [];
  let pending: Buffer[] = [];
  let size = 0;
  for (const chunk of chunks) {
    pending.push(chunk);
    size += chunk.length;
    if (size >= MIN_WRITE) {
      grouped.push(pending.length === 1 ? chunk : Buffer.concat(pending));
      pending = [];
      size = 0;
    }
  }
  return pending.length === 0 ? grouped : [...grouped, Buffer.concat(pending)];
}

function waitForExit(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      reject(new GitError("Unknown", `git could not be started: ${describeForeignError(error)}`));
    });
    child.on("close", resolve);
  });
}

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function parentName(parent: Parent): string {
  return typeof parent === "string" ? parent : `:${parent.mark}`;
}

/** A path for fast-import: quoted as in C, so that blanks, quotes and leading dashes have no meaning. */
function quotePath(path: string): string {
  return `"${path.replace(/["\\]/g, "\\$&")}"`;
}
