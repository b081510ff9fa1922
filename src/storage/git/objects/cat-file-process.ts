import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { describeForeignError } from "../../../core/conditions/foreign-error.ts";
import { objectFormatOf } from "../../../core/identity/oid.ts";
import { interpretFailure } from "../error-patterns.ts";
import { GitError } from "../errors.ts";
import type { Environment } from "../exec/environment.ts";
import type { GitMemory } from "../exec/git-memory.ts";
import type { ObjectType } from "../refs/ref-table.ts";

export interface ObjectInfo {
  readonly oid: string;
  readonly type: ObjectType;
  /** Bytes of the contents. */
  readonly size: number;
}

export interface ObjectContents extends ObjectInfo {
  readonly bytes: Buffer;
}

export interface CatFileRequest {
  readonly command: "info" | "contents";
  readonly spec: string;
  /** Larger contents are rejected with `ObjectTooLarge`. */
  readonly maxBytes: number;
  readonly resolve: (found: ObjectContents | undefined) => void;
  readonly reject: (error: Error) => void;
}

export interface CatFileEvents {
  /** Some requests were answered. */
  readonly onAnswers: () => void;
  /** An object exists and cannot be read. */
  readonly onDamage: () => void;
  /** The process ended. The request that it was answering is rejected; `unanswered` are the ones after it. */
  readonly onEnd: (unanswered: readonly CatFileRequest[]) => void;
}

/** Characters of stderr that are kept: the message that ended git is at its end. */
const MAX_STDERR = 4096;
const NO_BYTES = Buffer.alloc(0);

/** One `git cat-file --batch-command` process, and the parser of its output. */
export class CatFileProcess {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #events: CatFileEvents;
  #requests: CatFileRequest[] = [];
  /** Index of the request that is answered next. */
  #next = 0;
  /** The beginning of a header line whose end has not arrived. */
  #line: Buffer = NO_BYTES;
  /** Contents of which `at` bytes have arrived; `bytes` is undefined if they are too large to be kept. */
  #body: { readonly info: ObjectInfo; readonly bytes: Buffer | undefined; at: number } | undefined;
  #stderr = "";
  /** Why it was ended. */
  #failure: GitError | undefined;

  constructor(env: Environment, events: CatFileEvents, memory?: GitMemory) {
    this.#events = events;
    this.#process = spawn("git", ["cat-file", "--batch-command", "--buffer"], { env, cwd: "/" });
    this.#process.stdout.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#process.stderr.on("data", (chunk: Buffer) => {
      this.#stderr = `${this.#stderr}${chunk}`.slice(-MAX_STDERR);
      // git answers that an object of a damaged pack is missing; only stderr names the damage.
      if (interpretFailure(this.#stderr).reason === "MirrorCorrupt") this.#events.onDamage();
    });
    this.#process.stdin.on("error", () => {});
    this.#process.on("error", (error) => {
      this.#stderr += describeForeignError(error);
    });
    const end = (error: GitError) => {
      this.#failure = error;
      this.#process.kill("SIGKILL");
    };
    const untrack = memory?.track(this.#process.pid, end);
    this.#process.on("close", () => {
      untrack?.();
      this.#handleEnd();
    });
  }

  /** Requests that were sent and not answered. */
  get outstanding(): number {
    return this.#requests.length - this.#next;
  }

  send(requests: readonly CatFileRequest[]): void {
    this.#requests = [...this.#requests.slice(this.#next), ...requests];
    this.#next = 0;
    const lines = requests.map(({ command, spec }) => `${command} ${spec}\n`);
    this.#process.stdin.write(`${lines.join("")}flush\n`);
  }

  /** The process ends after it has answered all requests. */
  end(): void {
    this.#process.stdin.end();
  }

  #read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      at = this.#body === undefined ? this.#readHeader(chunk, at) : this.#readBody(chunk, at);
    }
    this.#events.onAnswers();
  }

  #readHeader(chunk: Buffer, from: number): number {
    const end = chunk.indexOf(0x0a, from);
    if (end < 0) {
      this.#line = Buffer.concat([this.#line, chunk.subarray(from)]);
      return chunk.length;
    }
    const line = Buffer.concat([this.#line, chunk.subarray(from, end)]).toString();
    this.#line = NO_BYTES;
    const match = /^([0-9a-f]{40,64}) (commit|tag|tree|blob) (\d+)$/.exec(line);
    const request = this.#requests[this.#next];
    if (match === null) {
      this.#take()?.resolve(undefined);
      return end + 1;
    }
    const info: ObjectInfo = { oid: match[1] ?? "", type: match[2] as ObjectType, size: Number(match[3]) };
    if (request?.command === "contents") {
      const fits = info.size <= request.maxBytes;
      this.#body = { info, bytes: fits ? Buffer.allocUnsafeSlow(info.size) : undefined, at: 0 };
    } else {
      this.#take()?.resolve({ ...info, bytes: NO_BYTES });
    }
    return end + 1;
  }

  #readBody(chunk: Buffer, from: number): number {
    const body = this.#body;
    if (body === undefined) return from;
    const length = Math.min(chunk.length - from, body.info.size - body.at);
    if (body.bytes !== undefined) chunk.copy(body.bytes, body.at, from, from + length);
    body.at += length;
    // A newline follows the contents; until it arrives the object is incomplete.
    if (from + length === chunk.length) return chunk.length;
    this.#body = undefined;
    this.#answerContents(body.info, body.bytes);
    return from + length + 1;
  }

  #answerContents(info: ObjectInfo, bytes: Buffer | undefined): void {
    if (bytes === undefined) {
      this.#take()?.reject(new GitError("ObjectTooLarge", `object ${info.oid} has ${info.size} bytes`));
    } else if (hasOwnHash(info, bytes)) {
      this.#take()?.resolve({ ...info, bytes });
    } else {
      this.#events.onDamage();
      this.#take()?.reject(new GitError("MirrorCorrupt", `the contents of object ${info.oid} do not match its id`));
    }
  }

  #take(): CatFileRequest | undefined {
    return this.#requests[this.#next++];
  }

  #handleEnd(): void {
    const [failed, ...unanswered] = this.#requests.slice(this.#next);
    this.#requests = [];
    this.#next = 0;
    failed?.reject(this.#failure ?? interpretFailure(this.#stderr || "git cat-file ended"));
    this.#events.onEnd(unanswered);
  }
}

/** git relies on zlib's checksums: of a thousand bits flipped in packs, one changed the contents without an error. */
function hasOwnHash({ oid, type, size }: ObjectInfo, bytes: Uint8Array): boolean {
  const hash = createHash(objectFormatOf(oid)).update(`${type} ${size}\0`);
  return hash.update(bytes).digest("hex") === oid;
}
