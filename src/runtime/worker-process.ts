import { type ChildProcess, fork } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";

/** What is kept of what a child says at its end: V8's last words and a stack. */
const MAX_LAST_WORDS = 16 * 1024;

export interface WorkerProcessOptions {
  /** A module that answers each message with one message, and ends when it is disconnected. */
  readonly url: URL;
  /** A call that takes longer ends the child. */
  readonly timeoutMs: number;
  /** Without calls for so long the child ends. */
  readonly idleMs: number;
  /** What the child's values may take. */
  readonly memoryMb: number;
}

/** A call that was given up, as it would be the next time: it took too long, or too much memory. The next one has a new child. */
export class LimitExceededError extends Error {
  override readonly name = "GaveUpError";
  readonly limit: "time" | "memory";
  constructor(limit: "time" | "memory") {
    super(`the child was ended: it took too much ${limit}`);
    this.limit = limit;
  }
}

/**
 * Calls to a process of its own, one after another, so that what takes long does not hold up the event loop. It starts
 * with the first call, can be ended at any time, and does not keep this process alive. Not a thread: one that uses up its
 * memory takes the whole process with it (Node 24, `resourceLimits` or not).
 */
export class WorkerProcess<Question, Answer> {
  readonly #options: WorkerProcessOptions;
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
  }

  /** Throws `GaveUpError`, or an Error where the child cannot be had or was ended by something else: that may pass. */
  call(question: Question): Promise<Answer> {
    const answer = this.#last.then(() => this.#ask(question));
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Ends the child; the call that is under way fails, and so do later ones. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#end();
    await this.#last;
  }

  async #ask(question: Question): Promise<Answer> {
    if (this.#isClosed) throw new Error("closed: nothing is asked any more");
    clearTimeout(this.#idle);
    this.#child ??= this.#start();
    try {
      return await this.#answerOf(this.#child, question);
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
      // Nothing of the environment is needed there.
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
    // Between two calls nobody else listens.
    child.on("error", forget).on("exit", forget);
    return child;
  }

  #answerOf(child: ChildProcess, question: Question): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const onMessage = (answer: unknown) => resolve(answer as Answer);
    let lastWords = "";
    const onWords = (bytes: Buffer) => {
      lastWords = `${lastWords}${bytes.toString("latin1")}`.slice(-MAX_LAST_WORDS);
    };
    const onClose = (code: number | null, signal: NodeJS.Signals | null) => {
      const isFull = isOutOfMemory(code, signal, lastWords);
      reject(
        isFull ? new LimitExceededError("memory") : new Error(`${this.#options.url.href} ended with ${signal ?? code}`),
      );
    };
    const timer = setTimeout(() => reject(new LimitExceededError("time")), this.#options.timeoutMs);
    // Not "exit": its last words may come after that.
    child.once("message", onMessage).once("error", reject).once("close", onClose);
    child.stderr?.on("data", onWords);
    // Where it cannot be sent, the child has ended, and says so itself.
    child.send(question as object, () => {});
    return promise.finally(() => {
      clearTimeout(timer);
      child.off("message", onMessage).off("error", reject).off("close", onClose);
      child.stderr?.off("data", onWords);
    });
  }

  #end(): void {
    clearTimeout(this.#idle);
    this.#child?.kill("SIGTERM");
    this.#child = undefined;
  }
}

/**
 * Node that reaches its limit says so and aborts: SIGABRT, which a shell in between calls 134. SIGKILL may be Linux short of memory,
 * but anybody else as well, and whose memory it was remains unsaid.
 */
function isOutOfMemory(code: number | null, signal: NodeJS.Signals | null, lastWords: string): boolean {
  return (signal === "SIGABRT" || code === 134) && /\bout of memory\b/i.test(lastWords);
}
