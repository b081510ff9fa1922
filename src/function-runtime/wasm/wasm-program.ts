import { Worker } from "node:worker_threads";
import { type FunctionOutput, FunctionUnavailable } from "../../core/ports/function-runtime.ts";
import { MAX_STDERR, type ProgramLimits, saysOutOfMemory, tooMuchMemory, tooMuchOutput, tooSlow } from "../limits.ts";
import { limitMemory, ModuleError } from "./limit-memory.ts";
import { type WasiResult, type WasiRun, wasiThread } from "./wasi-thread.ts";
import { type WasmModule, webAssembly } from "./web-assembly.ts";

/** Threads are kept this long for the next run. */
const IDLE_MS = 5_000;
const THREAD_PROGRAM = `(${wasiThread})(require("node:worker_threads").parentPort)`;

/**
 * A module of WASI that runs in a thread: it can be ended at any time, and its memory is bounded by itself. Compiled
 * once. The thread is started by the first run, takes one run after the other, and does not keep the process alive.
 */
export class WasmProgram {
  readonly #module: Promise<WasmModule>;
  readonly #limits: ProgramLimits;
  #thread: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @param bytes of the module */
  constructor(bytes: Uint8Array, limits: ProgramLimits) {
    this.#limits = limits;
    this.#module = compile(bytes, limits);
    // The first run reports it.
    this.#module.catch(() => {});
  }

  /** Throws `FunctionUnavailable` for bytes that are no module of WASI, and `FunctionLimitExceeded`. */
  run(input: string): Promise<FunctionOutput> {
    const output = this.#last.then(() => this.#runNow(new TextEncoder().encode(input)));
    this.#last = output.catch(() => {});
    return output;
  }

  async #runNow(stdin: Uint8Array): Promise<FunctionOutput> {
    const module = await this.#module;
    clearTimeout(this.#idle);
    this.#thread ??= startThread();
    const run: WasiRun = { module, stdin, maxStdout: this.#limits.outputBytes, maxStderr: MAX_STDERR };
    try {
      return this.#toOutput(await exchange(this.#thread, run, this.#limits));
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#idle = setTimeout(() => this.#end(), IDLE_MS).unref();
    }
  }

  #toOutput({ kind, exitCode, message, stdout, stderr }: WasiResult): FunctionOutput {
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
    if (kind === "tooMuchOutput") throw tooMuchOutput(this.#limits);
    const hasFailed = kind === "trapped" || exitCode !== 0;
    if (hasFailed && saysOutOfMemory(`${message}\n${error}`)) throw tooMuchMemory(this.#limits);
    if (kind === "exited") return { exitCode, stdout: out, stderr: error };
    return { exitCode: 1, stdout: out, stderr: `${error}\nthe module ended in an error: ${message}` };
  }

  #end(): void {
    clearTimeout(this.#idle);
    void this.#thread?.terminate();
    this.#thread = undefined;
  }
}

async function compile(bytes: Uint8Array, limits: ProgramLimits): Promise<WasmModule> {
  try {
    return await webAssembly.compile(limitMemory(bytes, limits.memoryBytes));
  } catch (error) {
    const reason = error instanceof ModuleError ? error.message : "cannot be compiled";
    throw new FunctionUnavailable(`the WebAssembly module ${reason}`);
  }
}

function startThread(): Worker {
  // Its heap has input and output only; the memory of the module does not count.
  const thread = new Worker(THREAD_PROGRAM, { eval: true, env: {}, stdin: false, stdout: true, stderr: true });
  thread.unref();
  return thread;
}

function exchange(thread: Worker, run: WasiRun, limits: ProgramLimits): Promise<WasiResult> {
  const { promise, resolve, reject } = Promise.withResolvers<WasiResult>();
  const onExit = () => reject(new Error("the thread of WebAssembly ended"));
  const timer = setTimeout(() => reject(tooSlow(limits)), limits.timeMs);
  thread.once("message", resolve).once("error", reject).once("exit", onExit);
  thread.postMessage(run);
  return promise.finally(() => {
    clearTimeout(timer);
    thread.off("message", resolve).off("error", reject).off("exit", onExit);
  });
}
