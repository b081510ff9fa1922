import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { waitUntil } from "./wait.ts";

/** Identifies a process: a pid alone may be given to another process later. */
export interface ProcessRef {
  readonly pid: number;
  /** Start time in the format of the system. */
  readonly started: string;
}

export interface LaunchSpec {
  readonly command: string;
  readonly args: readonly string[];
  /** Receives stdout and stderr, appended. */
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Launched {
  readonly ref: ProcessRef;
  /** Last 4 KiB of the log that the process has written since it was launched. */
  readonly logTail: () => string;
  /** Null while it runs, and if a signal ended it. */
  readonly exitCode: () => number | null;
}

/** The process that has this pid now; undefined if there is none, or only a zombie. */
export function identifyProcess(pid: number): ProcessRef | undefined {
  const started = process.platform === "linux" ? startOnLinux(pid) : startFromPs(pid);
  return started === undefined ? undefined : { pid, started };
}

function startOnLinux(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const started = readStartTime(stat);
  if (started === undefined) return undefined;
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${started}`;
}

/** Start time of a process in `/proc/PID/stat` (proc_pid_stat(5)); undefined if it has ended. */
export function readStartTime(stat: string): string | undefined {
  // The command's name, in parentheses, may contain any character: count from the last parenthesis. Field 3 is the
  // state, 20 the number of threads, 22 the start time.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A killed process keeps its ports and files until its last thread ends, and the main thread may end before the
  // others.
  if (fields[0] === "X" || (fields[0] === "Z" && fields[17] === "1")) return undefined;
  return fields[19];
}

function startFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync("ps", ["-o", "state=,lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return line === "" || line.startsWith("Z") ? undefined : line.slice(line.indexOf(" ")).trim();
  } catch {
    return undefined;
  }
}

export function isRunning(ref: ProcessRef): boolean {
  return identifyProcess(ref.pid)?.started === ref.started;
}

/** Sends a signal to exactly this process; false if it has ended. */
export function signalProcess(ref: ProcessRef, signal: NodeJS.Signals): boolean {
  if (!isRunning(ref)) return false;
  try {
    return process.kill(ref.pid, signal);
  } catch {
    return false;
  }
}

/**
 * Ends exactly this process and waits for its end: SIGTERM, and SIGKILL after `graceMs` (10 s by default; 0: SIGKILL at
 * once).
 */
export async function endProcess(ref: ProcessRef, options: { readonly graceMs?: number } = {}): Promise<void> {
  const { graceMs = 10_000 } = options;
  const gone = (): boolean => !isRunning(ref);
  if (graceMs > 0) {
    // A stopped process acts on SIGTERM only once it continues.
    signalProcess(ref, "SIGTERM");
    signalProcess(ref, "SIGCONT");
    const ended = waitUntil(`process ${ref.pid} ends`, gone, { timeoutMs: graceMs, intervalMs: 20 });
    if (await ended.catch(() => false)) return;
  }
  signalProcess(ref, "SIGKILL");
  await waitUntil(`process ${ref.pid} is killed`, gone, { timeoutMs: 10_000, intervalMs: 20 });
}

/**
 * Starts a process in its own process group, so that Ctrl-C in the terminal does not reach it. This process does not
 * wait for its end, nor end it. Throws if the command cannot be started.
 */
export async function launchProcess(spec: LaunchSpec): Promise<Launched> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, "a", 0o600);
  const logOffset = statSync(spec.logFile).size;
  try {
    // A minimal environment: etcd, for example, also reads its flags from ETCD_* variables.
    const env = { PATH: process.env.PATH ?? "", HOME: dirname(spec.logFile), ...spec.env };
    const child = spawn(spec.command, spec.args, { stdio: ["ignore", log, log], detached: true, env });
    await once(child, "spawn");
    child.unref();
    const pid = child.pid as number;
    // It may have ended already; the caller finds out with `isRunning`.
    const ref = identifyProcess(pid) ?? { pid, started: "ended at once" };
    return {
      ref,
      logTail: () => readFileSync(spec.logFile).subarray(logOffset).subarray(-4096).toString("utf8"),
      exitCode: () => child.exitCode,
    };
  } finally {
    closeSync(log);
  }
}
