import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FileMode } from "../../../core/files/tree-edit.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { Person } from "../../../core/identity/person.ts";
import { GitError, interpretFailure } from "../errors.ts";
import type { Environment } from "../exec/environment.ts";
import type { NewCommit } from "../push/change.ts";

/** An object of the same run, by its mark, or one that is there. */
export type Start = Oid | { readonly mark: number };

/** The only ref of ours that fast-import knows; reset at the end, so that not even that is written. */
const workRef = "refs/work";

/** Builds the input of `git fast-import`: commits and annotated tags, each with a mark that names its id afterwards. */
export class ImportStream {
  readonly #chunks: Buffer[] = [];
  readonly #committerLine: string;
  readonly #seconds: number;
  #text = "";
  #marks = 0;

  constructor(committer: Person, now: Date) {
    this.#seconds = Math.floor(now.getTime() / 1000);
    this.#committerLine = this.#sign(committer);
  }

  get marks(): number {
    return this.#marks;
  }

  /** Adds a commit on top of `parent`, or a root commit; returns its mark. */
  addCommit(parent: Start | undefined, commit: NewCommit): number {
    const mark = ++this.#marks;
    this.#text += `reset ${workRef}\n${parent === undefined ? "" : `from ${startName(parent)}\n`}\n`;
    this.#text += `commit ${workRef}\nmark :${mark}\nauthor ${this.#sign(commit.author)}\ncommitter ${this.#committerLine}\n`;
    this.#addData(cleanMessage(commit.message));
    for (const edit of commit.edits) {
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

  /** Adds an annotated tag object; returns its mark. `name` without `refs/tags/`. */
  addTag(name: string, target: Oid, tagger: Person, message: string): number {
    const mark = ++this.#marks;
    this.#text += `tag ${name}\nmark :${mark}\nfrom ${target}\ntagger ${this.#sign(tagger)}\n`;
    this.#addData(cleanMessage(message));
    return mark;
  }

  finish(): readonly Buffer[] {
    this.#text += `reset ${workRef}\n\n`;
    for (let mark = 1; mark <= this.#marks; mark++) this.#text += `get-mark :${mark}\n`;
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

  #sign({ name, email }: Person): string {
    return `${cleanPerson(name) || "unknown"} <${cleanPerson(email)}> ${this.#seconds} +0000`;
  }
}

/**
 * Runs one `git fast-import` to its end; the objects are on disk then. Returns the ids of the marks, first mark first.
 * Throws `GitError`; objects that were written all the same are harmless.
 */
export async function runFastImport(env: Environment, stream: ImportStream, limitMs: number): Promise<Oid[]> {
  if (stream.marks === 0) return [];
  const args = ["fast-import", "--quiet", "--done", "--date-format=raw"];
  const child = spawn("git", args, { env, cwd: "/", timeout: limitMs, killSignal: "SIGKILL" });
  const chunks = groupChunks(stream.finish());
  const [code, stdout, stderr] = await Promise.all([
    waitForEnd(child),
    readAll(child.stdout),
    readAll(child.stderr),
    // A child that gave up closes its end; what it said then tells more than EPIPE.
    pipeline(Readable.from(chunks), child.stdin).catch(() => {}),
  ]);
  if (child.killed) throw new GitError("Timeout", `git fast-import did not end within ${limitMs / 1000} s`);
  if (code !== 0) throw interpretImportFailure(stderr);
  const oids = stdout.trimEnd().split("\n");
  if (oids.length !== stream.marks) throw new GitError("Unknown", "git fast-import did not name all objects");
  return oids;
}

/** What git has no general word for is an object or a name that the change asked for and that cannot be used. */
function interpretImportFailure(stderr: string): GitError {
  const error = interpretFailure(stderr);
  return error.reason === "Unknown" ? new GitError("InvalidChange", error.message) : error;
}

/** Small chunks together: a write to a pipe costs more than copying a few kilobytes. */
function groupChunks(chunks: readonly Buffer[]): Buffer[] {
  const grouped: Buffer[] = [];
  let small: Buffer[] = [];
  let size = 0;
  for (const chunk of chunks) {
    small.push(chunk);
    size += chunk.length;
    if (size >= 256 * 1024) {
      grouped.push(small.length === 1 ? chunk : Buffer.concat(small));
      small = [];
      size = 0;
    }
  }
  return small.length === 0 ? grouped : [...grouped, Buffer.concat(small)];
}

function waitForEnd(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new GitError("Unknown", `git could not be started: ${error.message}`)));
    child.on("close", resolve);
  });
}

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function startName(start: Start): string {
  return typeof start === "string" ? start : `:${start.mark}`;
}

function cleanPerson(text: string): string {
  return text.replace(/[<>\u0000-\u001f\u007f]+/g, " ").trim();
}

/** Git ends a message at a NUL, and lets nobody see what follows. */
function cleanMessage(message: string): string {
  return message.replaceAll("\0", "");
}

/** A path as fast-import reads it: always quoted as in C, so that blanks, quotes and leading dashes are just that. */
function quotePath(path: string): string {
  return `"${path.replace(/["\\]/g, "\\$&")}"`;
}
