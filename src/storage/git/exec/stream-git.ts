import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { describeForeignError } from "../../../core/conditions/foreign-error.ts";
import { GitError } from "../errors.ts";
import type { GitMemory, MemorySeat } from "./git-memory.ts";
import type { RunOptions } from "./run-git.ts";

export interface StreamOptions extends RunOptions {
  /** The path of the process group script, for commands that contact a remote: see `groupScript`. */
  readonly groupScript?: string;
  /** Ends git for another reason, which is a `GitError`. */
  readonly cancel?: AbortSignal | undefined;
  /** Ends git if all git processes together use too much memory. */
  readonly memory?: GitMemory | undefined;
  /** Of the command, if it may need much memory. */
  readonly seat?: MemorySeat | undefined;
  /** Takes the next piece of the output. What it throws ends git, and is thrown. */
  readonly onOutput: (chunk: Buffer) => void;
  /** Takes what git writes to the file descriptor `TRACE_FD`. */
  readonly onTrace?: ((chunk: Buffer) => void) | undefined;
}

export interface StreamResult {
  readonly code: number;
  readonly stderr: string;
}

/** For a trace. The process group script uses the one before. */
export const TRACE_FD = 4;

/** Bytes of messages at which git is ended: it prints all that a remote sends. */
const MAX_STDERR = 4 * 1024 * 1024;

/**
 * Runs git and hands its output on piece by piece, so that none of it is held here: for lists as long as a remote makes
 * them. Throws as `runGit`, what
 * `onOutput` throws, and the reason of `cancel`. In each case git and (with `groupScript`)
 * its children are killed, and have ended.
 */
export async function streamGit(args: readonly string[], options: StreamOptions): Promise<StreamResult> {
  const { input, limitMs, signal, cancel } = options;
  const child = start(args, options);
  const failure = Promise.withResolvers<never>();
  // It may come when nothing waits for it any more.
  failure.promise.catch(() => {});
  const fail = (error: Error) => {
    failure.reject(error);
    child.kill("SIGTERM");
  };
  const timer = setTimeout(() => fail(timeoutError(args, limitMs)), limitMs);
  const untrack = options.memory?.track(child.pid, fail, options.seat);
  const onClosed = () => fail(new GitError("Closed", "the repository was closed"));
  const onCancel = () => fail(cancel?.reason);
  signal?.addEventListener("abort", onClosed);
  cancel?.addEventListener("abort", onCancel);
  if (signal?.aborted) onClosed();
  if (cancel?.aborted) onCancel();
  child.on("error", (error) => {
    fail(new GitError("Unknown", `git ${args[0]} could not be run: ${describeForeignError(error)}`));
  });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const ended = endOf(child);
  const readStderr = collect(child, () => fail(tooLongError(args)));
  try {
    await Promise.race([failure.promise, handOn(child, options.onOutput)]);
    const code = await Promise.race([failure.promise, ended]);
    return { code, stderr: readStderr() };
  } catch (error) {
    child.kill("SIGTERM");
    child.stdout.destroy();
    await ended;
    throw error;
  } finally {
    clearTimeout(timer);
    untrack?.();
    signal?.removeEventListener("abort", onClosed);
    cancel?.removeEventListener("abort", onCancel);
  }
}

function start(
  args: readonly string[],
  { groupScript, env, cwd, onTrace }: StreamOptions,
): ChildProcessWithoutNullStreams {
  const pipe = "pipe" as const;
  const stdio = [pipe, pipe, pipe, ...(onTrace === undefined ? [] : ["ignore" as const, pipe])];
  const how = { env, cwd, stdio };
  const child = groupScript === undefined ? spawn("git", [...args], how) : spawn("sh", [groupScript, ...args], how);
  if (onTrace !== undefined) child.stdio[TRACE_FD]?.on("data", onTrace);
  return child as ChildProcessWithoutNullStreams;
}

async function handOn({ stdout }: ChildProcessWithoutNullStreams, onOutput: (chunk: Buffer) => void): Promise<void> {
  for await (const chunk of stdout) onOutput(chunk);
}

function endOf(child: ChildProcessWithoutNullStreams): Promise<number> {
  return new Promise((resolve) => {
    child.on("close", (code) => resolve(code ?? -1));
    // No process, so no `close`.
    child.on("error", () => resolve(-1));
  });
}

function collect({ stderr }: ChildProcessWithoutNullStreams, onTooLong: () => void): () => string {
  const chunks: Buffer[] = [];
  let left = MAX_STDERR;
  stderr.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) onTooLong();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}

function timeoutError(args: readonly string[], limitMs: number): GitError {
  return new GitError("Timeout", `git ${args[0]} did not end within ${limitMs / 1000} s`);
}

/** The error for a command that prints more than is held. */
export function tooLongError(args: readonly string[]): GitError {
  return new GitError("RemoteTooLarge", `git ${args[0]} was ended: its output is too long`);
}
