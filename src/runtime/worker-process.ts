import { type ChildProcess, fork } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";

/** How much of the end of a child's stderr is kept, in characters: V8's fatal error and a stack. */
const MAX_STDERR = 16 * 1024;

export interface WorkerProcessOptions {
  /** A module that answers each message with one message and exits when it is disconnected. */
  readonly url: URL;
  /** A call that takes longer fails, and the child is ended. */
  readonly timeoutMs: number;
  /** The child is ended after this time without calls. */
  readonly idleMs: number;
  /** The limit of the child's JavaScript heap. */
  readonly memoryMb: number;
}

/** A call exceeded its time or memory. The same call would fail again; the next one gets a new child. */
export class LimitExceededError extends Error {
  override readonly name = "LimitExceededError";
  readonly limit: "time" | "memory";

  constructor(limit: "time" | "memory") {
    super(`the worker process was ended: it took too much ${limit}`);
    this.limit = limit;
  }
}

/**
 * Runs calls in a child process, one at a time, so that long computations do not block the event loop. The child is
 * started by the first call, is restarted after a failure, and does not keep this process alive. A child instead of a
 * thread: a worker thread that runs out of memory aborts the whole process (Node 24, with and without
 * `resourceLimits`).
 */
export class WorkerProcess<Input, Output> {
  readonly #options: WorkerProcessOptions;
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
  }

  /**
   * Rejects with `LimitExceededError`, or with an Error if the child did not start, crashed or was killed: a retry may
   * succeed. Rejects with the signal's reason, and ends the child, when that is aborted. Costs the start of a node
   * process (about 50 ms) if none is running.
   */
  call(input: Input, signal?: AbortSignal): Promise<Output> {
    const output = this.#last.then(() => this.#callNow(input, signal));
    this.#last = output.catch(() => {});
    return output;
  }

  /** Ends the child; the running call and all later ones fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#end();
    await this.#last;
  }

  async #callNow(input: Input, signal: AbortSignal | undefined): Promise<Output> {
    if (this.#isClosed) throw new Error("the worker process is closed");
    signal?.throwIfAborted();
    clearTimeout(this.#idle);
    this.#child ??= this.#start();
    try {
      return await this.#exchange(this.#child, input, signal);
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#idle = setTimeout(() => this.#end(), this.#options.idleMs).unref();
    }
  }

  #start(): ChildProcess {
    const { url, memoryMb } = this.#options;
    const child = fork(fileURLToPath(url), {
      // The child needs no environment variables, some of which may be secret.
      env: {},
      execArgv: [`--max-old-space-size=${memoryMb}`],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    child.unref();
    child.channel?.unref();
    if (child.stderr instanceof Socket) child.stderr.unref();
    const forget = () => {
      if (this.#child === child) this.#child = undefined;
    };
    // Without a listener, an error between two calls would be thrown as an uncaught exception.
    child.on("error", forget).on("exit", forget);
    return child;
  }

  #exchange(child: ChildProcess, input: Input, signal: AbortSignal | undefined): Promise<Output> {
    const { promise, resolve, reject } = Promise.withResolvers<Output>();
    const onMessage = (output: unknown) => resolve(output as Output);
    let stderr = "";
    const onStderr = (bytes: Buffer) => {
      stderr = `${stderr}${bytes.toString("latin1")}`.slice(-MAX_STDERR);
    };
    const onClose = (code: number | null, signal: NodeJS.Signals | null) => {
      const isFull = isOutOfMemory(code, signal, stderr);
      reject(
        isFull ? new LimitExceededError("memory") : new Error(`${this.#options.url.href} ended with ${signal ?? code}`),
      );
    };
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort);
    const timer = setTimeout(() => reject(new LimitExceededError("time")), this.#options.timeoutMs);
    // Not "exit": data on stderr may arrive after it.
    child.once("message", onMessage).once("error", reject).once("close", onClose);
    child.stderr?.on("data", onStderr);
    // The error of a send is ignored: it fails only if the child has ended, and then "close" or "error" follows.
    child.send(input as object, () => {});
    return promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      child.off("message", onMessage).off("error", reject).off("close", onClose);
      child.stderr?.off("data", onStderr);
    });
  }

  #end(): void {
    clearTimeout(this.#idle);
    this.#child?.kill("SIGTERM");
    this.#child = undefined;
  }
}

/**
 * Node at its heap limit writes "out of memory" and aborts with SIGABRT; a shell in between reports that as 134.
 * SIGKILL does not count: it may be the kernel's OOM killer because of another process, or a user.
 */
function isOutOfMemory(code: number | null, signal: NodeJS.Signals | null, stderr: string): boolean {
  return (signal === "SIGABRT" || code === 134) && /\bout of memory\b/i.test(stderr);
}
