import { Worker } from "node:worker_threads";

export interface WorkerCallsOptions {
  /** A module that answers each message with one message. */
  readonly url: URL;
  /** A call that takes longer ends the worker. */
  readonly timeoutMs: number;
  /** Without calls for so long the worker ends. */
  readonly idleMs: number;
  /** What the worker's values may take. */
  readonly memoryMb: number;
}

/** A call that was given up: it took too long, or too much memory. The next one has a new worker. */
export class GaveUpError extends Error {
  override readonly name = "GaveUpError";
  readonly limit: "time" | "memory";
  constructor(limit: "time" | "memory") {
    super(`the worker was ended: it took too much ${limit}`);
    this.limit = limit;
  }
}

/**
 * Calls to a thread of its own, one after another, so that what takes long does not hold up the event loop. The thread
 * starts with the first call, can be ended at any time, and does not keep the process alive.
 */
export class WorkerCalls<Question, Answer> {
  readonly #options: WorkerCallsOptions;
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: WorkerCallsOptions) {
    this.#options = options;
  }

  /** Throws `GaveUpError`, or what the worker failed with. */
  call(question: Question): Promise<Answer> {
    const answer = this.#last.then(() => this.#ask(question));
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Ends the worker; the call that is under way fails, and so do later ones. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
    await this.#last;
  }

  async #ask(question: Question): Promise<Answer> {
    if (this.#closed) throw new Error("the worker was closed");
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    try {
      return await this.#answerOf(this.#worker, question);
    } catch (error) {
      await this.#end();
      throw error;
    } finally {
      this.#idle = setTimeout(() => void this.#end(), this.#options.idleMs).unref();
    }
  }

  #start(): Worker {
    const { url, memoryMb } = this.#options;
    // Nothing of the environment is needed there, nor are options of this process.
    const worker = new Worker(url, { env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: memoryMb } });
    worker.unref();
    // Between two calls nobody else listens, and an error that nobody hears ends the process.
    worker.on("error", () => this.#forget(worker));
    worker.on("exit", () => this.#forget(worker));
    return worker;
  }

  #answerOf(worker: Worker, question: Question): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const onError = (error: NodeJS.ErrnoException) =>
      reject(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? new GaveUpError("memory") : error);
    const onExit = () => reject(new Error("the worker ended"));
    const timer = setTimeout(() => reject(new GaveUpError("time")), this.#options.timeoutMs);
    worker.once("message", resolve).once("error", onError).once("exit", onExit);
    worker.postMessage(question);
    return promise.finally(() => {
      clearTimeout(timer);
      worker.off("message", resolve).off("error", onError).off("exit", onExit);
    });
  }

  #forget(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}
