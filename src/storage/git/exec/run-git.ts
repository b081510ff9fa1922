import { simpleGit } from "simple-git";
import { describeForeignError } from "../../../core/conditions/foreign-error.ts";
import { GitError } from "../errors.ts";
import type { Environment } from "./environment.ts";

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: Environment;
  /** An existing directory. git works on `GIT_DIR` regardless of it. */
  readonly cwd: string;
  readonly limitMs: number;
  readonly input?: string | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Bytes of output at which git is ended: it prints everything that a remote sends, and simple-git keeps it in memory.
 */
export const MAX_OUTPUT = { stdout: 64 * 1024 * 1024, stderr: 4 * 1024 * 1024 } as const;

/** simple-git's guards reject the hardening of `gitEnvironment`. No argument or variable comes from users unchecked. */
const UNSAFE_OPTIONS = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeHooksPath: true,
  allowUnsafePack: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
};

/**
 * Runs git and returns its exit code and output. Throws `GitError`: `Timeout` after `limitMs`, `RemoteTooLarge` if the
 * output exceeds its limit, `Closed` if `signal` was aborted, `Unknown` if git could not be started. In each case git
 * is killed. For commands without children.
 */
export async function runGit(args: readonly string[], options: RunOptions): Promise<GitResult> {
  const limit = AbortSignal.timeout(options.limitMs);
  const tooLong = new AbortController();
  const { signal } = options;
  const abort = AbortSignal.any([limit, tooLong.signal, ...(signal === undefined ? [] : [signal])]);
  let result: GitResult = { code: -1, stdout: Buffer.alloc(0), stderr: "" };
  const git = simpleGit({
    baseDir: options.cwd,
    binary: "git",
    abort,
    allowEnvironment: Object.keys(options.env).filter((name) => name.startsWith("GIT_")),
    unsafe: UNSAFE_OPTIONS,
    // By default simple-git resolves 50 ms after the exit of git, while output may still be in the pipe.
    completion: { onClose: true, onExit: false },
    input: () => options.input,
    errors: (_error, { exitCode, stdOut, stdErr }) => {
      result = { code: exitCode, stdout: Buffer.concat(stdOut), stderr: Buffer.concat(stdErr).toString() };
      return undefined;
    },
  });
  git.outputHandler((_command, stdout, stderr) => {
    for (const [stream, max] of [
      [stdout, MAX_OUTPUT.stdout],
      [stderr, MAX_OUTPUT.stderr],
    ] as const) {
      let left = max;
      stream.on("data", (chunk: Buffer) => {
        left -= chunk.length;
        if (left < 0) tooLong.abort();
      });
    }
  });
  try {
    await git.env({ ...options.env }).raw([...args]);
  } catch (error) {
    if (!abort.aborted)
      throw new GitError("Unknown", `git ${args[0]} could not be run: ${describeForeignError(error)}`);
  }
  if (signal?.aborted) throw new GitError("Closed", "the repository was closed");
  if (tooLong.signal.aborted) throw new GitError("RemoteTooLarge", `git ${args[0]} was ended: its output is too long`);
  // A git that exited with 0 at the moment of the limit has a complete result.
  if (limit.aborted && result.code !== 0) {
    throw new GitError("Timeout", `git ${args[0]} did not end within ${options.limitMs / 1000} s`);
  }
  return result;
}
