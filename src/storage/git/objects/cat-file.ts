import { GitError } from "../errors.ts";
import type { Environment } from "../exec/environment.ts";
import type { GitMemory } from "../exec/git-memory.ts";
import { CatFileProcess, type CatFileRequest, type ObjectContents } from "./cat-file-process.ts";

/** Requests that one process has at once. The others wait, so that pipes and buffers stay bounded. */
const MAX_OUTSTANDING = 512;
/** There is a process for each mirror, and a few megabytes for each process. */
const IDLE_MS = 20_000;

/**
 * A long-lived `git cat-file --batch-command`, started with the first request, ended when there was none for 20 s. All
 * requests of one microtask are sent in one write. A process that ends fails only the request that it was answering;
 * the others go to a new process.
 */
export class CatFile {
  readonly #env: Environment;
  readonly #maxBytes: number;
  readonly #onDamage: () => void;
  readonly #memory: GitMemory | undefined;
  #process: CatFileProcess | undefined;
  #waiting: CatFileRequest[] = [];
  #scheduled = false;
  #idleTimer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `maxBytes`: default limit of `ask`. `onDamage`: called when an object exists and cannot be read. */
  constructor(env: Environment, maxBytes: number, onDamage: () => void, memory?: GitMemory) {
    this.#memory = memory;
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
    this.#endProcess();
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
    clearTimeout(this.#idleTimer);
    const process = this.#process ?? this.#start();
    const capacity = MAX_OUTSTANDING - process.outstanding;
    if (capacity > 0 && this.#waiting.length > 0) process.send(this.#waiting.splice(0, capacity));
  }

  #start(): CatFileProcess {
    const process: CatFileProcess = new CatFileProcess(
      this.#env,
      {
        onAnswers: () => {
          this.#schedule();
          if (this.#process === process && process.outstanding === 0) this.#endWhenIdle();
        },
        onDamage: () => {
          if (!this.#closed) this.#onDamage();
        },
        onEnd: (unanswered) => {
          if (this.#process === process) this.#process = undefined;
          this.#waiting = [...unanswered, ...this.#waiting];
          if (this.#closed) this.close();
          else this.#schedule();
        },
      },
      this.#memory,
    );
    this.#process = process;
    return process;
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      if (this.#waiting.length === 0) this.#endProcess();
    }, IDLE_MS).unref();
  }

  /** It answers what it was asked, and ends. */
  #endProcess(): void {
    clearTimeout(this.#idleTimer);
    this.#process?.end();
    this.#process = undefined;
  }
}

function closedError(): GitError {
  return new GitError("Closed", "the repository was closed");
}
