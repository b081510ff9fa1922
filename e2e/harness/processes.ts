import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { waitUntil } from "./wait.ts";

/** One process and no other: a pid alone may be given to someone else once the process is gone. */
export interface ProcessRef {
  readonly pid: number;
  /** When it started, in the words of the system. */
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
  /** What the process has written to its log since it was launched: its last 4 KiB. */
  readonly logTail: () => string;
  /** Null until this process has heard of its end, and where a signal ended it. */
  readonly exitCode: () => number | null;
}

/** The process that has this pid now; undefined where there is none, or only what its parent has yet to collect. */
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

/** When a process started, as `/proc/PID/stat` has it (proc_pid_stat(5)); undefined where it has ended. */
export function readStartTime(stat: string): string | undefined {
  // The command's name stands in parentheses and may hold anything, so count from the last one: state is field 3, threads 20, start 22.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A process that was killed has its ports and files until its last thread is gone, and the first one may go before the others.
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

/** Sends a signal to exactly that process; false where it is gone already. */
export function signalProcess(ref: ProcessRef, signal: NodeJS.Signals): boolean {
  if (!isRunning(ref)) return false;
  try {
    return process.kill(ref.pid, signal);
  } catch {
    return false;
  }
}

/** Ends exactly that process and waits until it is gone: SIGTERM, and SIGKILL after `graceMs` (10 s; 0 is SIGKILL at once). */
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
 * Starts a process in a group of its own (a Ctrl-C at the terminal does not reach it), which neither holds up the end of this one
 * nor ends with it. Fails where the command cannot be started.
 */
export async function launchProcess(spec: LaunchSpec): Promise<Launched> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, "a", 0o600);
  const logOffset = statSync(spec.logFile).size;
  try {
    // Only what a program needs to run: etcd, for one, takes its flags from ETCD_* variables too.
    const env = { PATH: process.env.PATH ?? "", HOME: dirname(spec.logFile), ...spec.env };
    const child = spawn(spec.command, spec.args, { stdio: ["ignore", log, log], detached: true, env });
    await once(child, "spawn");
    child.unref();
    const pid = child.pid as number;
    // It may have ended already; the caller finds that out by asking whether it runs.
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
