import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { GitError, interpretFailure } from "../errors.ts";
import type { Environment } from "../exec/environment.ts";
import type { ObjectType } from "../refs/ref-table.ts";

export interface ObjectInfo {
  readonly oid: string;
  readonly type: ObjectType;
  readonly size: number;
}

export interface ObjectContents extends ObjectInfo {
  readonly bytes: Buffer;
}

interface Request {
  readonly command: "info" | "contents";
  readonly spec: string;
  /** Larger objects are refused. */
  readonly maxBytes: number;
  readonly resolve: (found: ObjectContents | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** As many requests are with git at once; more wait, so that what lies in pipes and buffers stays bounded. */
const window = 512;
const noBytes = Buffer.alloc(0);

/**
 * One long-lived `git cat-file --batch-command`, asked in pipelines: all requests of one tick go out in one write.
 * A child that dies takes down the request it was at; the others go to a new child.
 */
export class CatFile {
  readonly #env: Environment;
  readonly #maxBytes: number;
  readonly #onDamage: () => void;
  #child: Child | undefined;
  #waiting: Request[] = [];
  #scheduled = false;
  #closed = false;

  /** `maxBytes`: larger objects are refused (`ObjectTooLarge`) without being held in memory. */
  constructor(env: Environment, maxBytes: number, onDamage: () => void) {
    this.#env = env;
    this.#maxBytes = maxBytes;
    this.#onDamage = onDamage;
  }

  /** The object a spec names (an id, `<id>^{tree}`, `<id>:<path>/`, a ref), or undefined. Bytes only for "contents". */
  ask(
    command: "info" | "contents",
    spec: string,
    maxBytes: number = this.#maxBytes,
  ): Promise<ObjectContents | undefined> {
    if (/[\n\0]/.test(spec)) return Promise.reject(new GitError("InvalidChange", "a name holds a newline or NUL"));
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new GitError("Closed", "the repository was closed"));
      this.#waiting.push({ command, spec, maxBytes, resolve, reject });
      this.#schedule();
    });
  }

  close(): void {
    this.#closed = true;
    this.#child?.end();
    this.#child = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(new GitError("Closed", "the repository was closed"));
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#send();
    });
  }

  #send(): void {
    const child = this.#child ?? this.#start();
    const room = window - child.outstanding;
    if (room > 0 && this.#waiting.length > 0) child.send(this.#waiting.splice(0, room));
  }

  #start(): Child {
    const child: Child = new Child(this.#env, {
      answered: () => this.#schedule(),
      damaged: () => {
        if (!this.#closed) this.#onDamage();
      },
      died: (left) => {
        if (this.#child === child) this.#child = undefined;
        this.#waiting.unshift(...left);
        if (this.#closed) this.close();
        else this.#schedule();
      },
    });
    this.#child = child;
    return child;
  }
}

interface ChildEvents {
  readonly answered: () => void;
  readonly damaged: () => void;
  readonly died: (left: Request[]) => void;
}

/** The process and the reading of its answers. */
class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #events: ChildEvents;
  #requests: Request[] = [];
  #next = 0;
  #line: Buffer = noBytes;
  #body: { readonly info: ObjectInfo; readonly bytes: Buffer | undefined; at: number } | undefined;
  #stderr = "";

  constructor(env: Environment, events: ChildEvents) {
    this.#events = events;
    this.#process = spawn("git", ["cat-file", "--batch-command", "--buffer"], { env, cwd: "/" });
    this.#process.stdout.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#process.stderr.on("data", (chunk: Buffer) => {
      this.#stderr = `${this.#stderr}${chunk}`.slice(-4096);
      // Git calls an object of a damaged pack missing, and says why only here.
      if (interpretFailure(this.#stderr).reason === "MirrorCorrupt") this.#events.damaged();
    });
    this.#process.stdin.on("error", () => {});
    this.#process.on("error", (error) => {
      this.#stderr += String(error);
    });
    this.#process.on("close", () => this.#die());
  }

  get outstanding(): number {
    return this.#requests.length - this.#next;
  }

  send(requests: readonly Request[]): void {
    this.#requests = [...this.#requests.slice(this.#next), ...requests];
    this.#next = 0;
    const lines = requests.map(({ command, spec }) => `${command} ${spec}\n`);
    this.#process.stdin.write(`${lines.join("")}flush\n`);
  }

  end(): void {
    this.#process.stdin.end();
  }

  #read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      at = this.#body === undefined ? this.#readHeader(chunk, at) : this.#readBody(chunk, at);
    }
    this.#events.answered();
  }

  #readHeader(chunk: Buffer, from: number): number {
    const end = chunk.indexOf(0x0a, from);
    if (end < 0) {
      this.#line = Buffer.concat([this.#line, chunk.subarray(from)]);
      return chunk.length;
    }
    const line = Buffer.concat([this.#line, chunk.subarray(from, end)]).toString();
    this.#line = noBytes;
    const match = /^([0-9a-f]{40,64}) (commit|tag|tree|blob) (\d+)$/.exec(line);
    const request = this.#requests[this.#next];
    if (match === null) {
      this.#answer(undefined);
    } else {
      const info: ObjectInfo = { oid: match[1] ?? "", type: match[2] as ObjectType, size: Number(match[3]) };
      if (request?.command === "contents") {
        const fits = info.size <= request.maxBytes;
        this.#body = { info, bytes: fits ? Buffer.allocUnsafeSlow(info.size) : undefined, at: 0 };
      } else {
        this.#answer({ ...info, bytes: noBytes });
      }
    }
    return end + 1;
  }

  #readBody(chunk: Buffer, from: number): number {
    const body = this.#body;
    if (body === undefined) return from;
    const take = Math.min(chunk.length - from, body.info.size - body.at);
    if (body.bytes !== undefined) chunk.copy(body.bytes, body.at, from, from + take);
    body.at += take;
    // One newline follows the bytes; until it is here the object is not complete.
    if (from + take === chunk.length) return chunk.length;
    this.#body = undefined;
    if (body.bytes === undefined) {
      this.#take()?.reject(new GitError("ObjectTooLarge", `${body.info.oid} has ${body.info.size} bytes`));
    } else if (!isItself(body.info, body.bytes)) {
      this.#events.damaged();
      this.#take()?.reject(new GitError("MirrorCorrupt", `object ${body.info.oid} holds what is not its own`));
    } else {
      this.#answer({ ...body.info, bytes: body.bytes });
    }
    return from + take + 1;
  }

  #answer(found: ObjectContents | undefined): void {
    this.#take()?.resolve(found);
  }

  #take(): Request | undefined {
    return this.#requests[this.#next++];
  }

  #die(): void {
    const left = this.#requests.slice(this.#next);
    this.#requests = [];
    this.#next = 0;
    left.shift()?.reject(interpretFailure(this.#stderr || "git cat-file ended"));
    this.#events.died(left);
  }
}

/** Git trusts the checksums of what it unpacks: of a thousand flipped bits in a pack, one gives other bytes without a word. */
function isItself({ oid, type, size }: ObjectInfo, bytes: Uint8Array): boolean {
  const hash = createHash(oid.length === 64 ? "sha256" : "sha1").update(`${type} ${size}\0`);
  return hash.update(bytes).digest("hex") === oid;
}
