import { GitError } from "../errors.ts";
import type { Environment } from "../exec/environment.ts";
import { CatFileProcess, type CatFileRequest, type ObjectContents } from "./cat-file-process.ts";

/** Requests that one process has at once. The others wait, so that pipes and buffers stay bounded. */
const MAX_OUTSTANDING = 512;

/**
 * A long-lived `git cat-file --batch-command`, started with the first request. All requests of one microtask are sent
 * in one write. A process that ends fails only the request that it was answering; the others go to a new process.
 */
export class CatFile {
  readonly #env: Environment;
  readonly #maxBytes: number;
  readonly #onDamage: () => void;
  #process: CatFileProcess | undefined;
  #waiting: CatFileRequest[] = [];
  #scheduled = false;
  #closed = false;

  /** `maxBytes`: default limit of `ask`. `onDamage`: called when an object exists and cannot be read. */
  constructor(env: Environment, maxBytes: number, onDamage: () => void) {
    this.#env = env;
    this.#maxBytes = maxBytes;
    this.#onDamage = onDamage;
  }

  /**
   * The object that `spec` names (an id, `<id>^{tree}`, `<id>:<path>/`, a ref), or undefined if there is none. `bytes`
   * is empty for `info`. Rejects with `GitError`: `ObjectTooLarge` if the contents exceed `maxBytes`, without holding
   * them in memory; `MirrorCorrupt` if they cannot be read; `InvalidChange` if `spec` contains a newline or NUL;
   * `Closed`.
   */
  ask(
    command: "info" | "contents",
    spec: string,
    maxBytes: number = this.#maxBytes,
  ): Promise<ObjectContents | undefined> {
    if (/[\n\0]/.test(spec)) return Promise.reject(new GitError("InvalidChange", "a name contains a newline or NUL"));
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      this.#waiting.push({ command, spec, maxBytes, resolve, reject });
      this.#schedule();
    });
  }

  /** Rejects waiting requests with `Closed` and ends the process after those it has. */
  close(): void {
    this.#closed = true;
    this.#process?.end();
    this.#process = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(closedError());
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
    const process = this.#process ?? this.#start();
    const capacity = MAX_OUTSTANDING - process.outstanding;
    if (capacity > 0 && this.#waiting.length > 0) process.send(this.#waiting.splice(0, capacity));
  }

  #start(): CatFileProcess {
    const process: CatFileProcess = new CatFileProcess(this.#env, {
      onAnswers: () => this.#schedule(),
      onDamage: () => {
        if (!this.#closed) this.#onDamage();
      },
      onEnd: (unanswered) => {
        if (this.#process === process) this.#process = undefined;
        this.#waiting.unshift(...unanswered);
        if (this.#closed) this.close();
        else this.#schedule();
      },
    });
    this.#process = process;
    return process;
  }
}

function closedError(): GitError {
  return new GitError("Closed", "the repository was closed");
}
