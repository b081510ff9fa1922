import { type ChildProcess, spawn } from "node:child_process";
import { type FunctionOutput, FunctionUnavailable } from "../../core/ports/function-runtime.ts";
import { MAX_STDERR, type ProgramLimits, saysOutOfMemory, tooMuchMemory, tooMuchOutput, tooSlow } from "../limits.ts";
import { endWithProcess, killGroup } from "./process-groups.ts";

/** Nothing of this process' own environment, which may have secrets in it. */
const ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/nonexistent", LANG: "C.UTF-8" };

/**
 * Bounds memory and processor time by the kernel, for each process of the group, also if this process is killed. The
 * file is an argument, and no part of the script.
 */
const SCRIPT = 'ulimit -d "$1" 2>/dev/null || :\nulimit -t "$2" 2>/dev/null || :\nulimit -c 0\nexec "$3"';

/**
 * Runs an executable with a ResourceList on stdin, in a process group of its own that ends with it, or at its limits.
 * Throws `FunctionUnavailable` if it does not start, and `FunctionLimitExceeded`.
 */
export async function runExecutable(file: string, input: string, limits: ProgramLimits): Promise<FunctionOutput> {
  const memoryKib = String(Math.floor(limits.memoryBytes / 1024));
  const seconds = String(Math.ceil(limits.timeMs / 1000) + 1);
  const child = spawn("/bin/sh", ["-c", SCRIPT, "sh", memoryKib, seconds, file], {
    cwd: "/",
    env: ENVIRONMENT,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const forget = child.pid === undefined ? () => {} : endWithProcess(child.pid);
  try {
    return await collect(child, input, limits);
  } finally {
    // One that has ended took its group along; its id may be another process' by now.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) killGroup(child.pid);
    forget();
  }
}

function collect(child: ChildProcess, input: string, limits: ProgramLimits): Promise<FunctionOutput> {
  const { promise, resolve, reject } = Promise.withResolvers<FunctionOutput>();
  const [stdout, stderr] = [new Collector(limits.outputBytes), new Collector(MAX_STDERR)];
  const timer = setTimeout(() => reject(tooSlow(limits)), limits.timeMs);
  child.stdout?.on("data", (bytes: Buffer) => stdout.add(bytes) || reject(tooMuchOutput(limits)));
  child.stderr?.on("data", (bytes: Buffer) => void stderr.add(bytes));
  child.on("error", (error) => reject(new FunctionUnavailable(`cannot be started: ${error.message}`)));
  // What it has started may still hold its output open.
  child.on("exit", () => child.pid !== undefined && killGroup(child.pid));
  child.on("close", (code, signal) => {
    const log = stderr.text();
    if (signal === "SIGXCPU") reject(tooSlow(limits));
    else if (code !== 0 && saysOutOfMemory(log)) reject(tooMuchMemory(limits));
    else
      resolve({
        exitCode: code ?? 1,
        stdout: stdout.text(),
        stderr: code === null ? `${log}\nended with ${signal}` : log,
      });
  });
  // It may end without reading its input.
  child.stdin?.on("error", () => undefined).end(input);
  return promise.finally(() => clearTimeout(timer));
}

class Collector {
  readonly #limit: number;
  readonly #parts: Buffer[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps what is within the limit; false if that is not all. */
  add(bytes: Buffer): boolean {
    const part = bytes.subarray(0, this.#limit - this.#size);
    this.#parts.push(part);
    this.#size += part.length;
    return part.length === bytes.length;
  }

  text(): string {
    return Buffer.concat(this.#parts).toString();
  }
}
