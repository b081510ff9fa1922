import { simpleGit } from "simple-git";
import { GitError } from "../errors.ts";
import type { Environment, GitLimits } from "./environment.ts";

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: Environment;
  /** A folder that exists; git works on `GIT_DIR` all the same. */
  readonly cwd: string;
  readonly limitMs: number;
  readonly input?: string | undefined;
  /**
   * Where `groupScript` is, for commands that talk to a remote: they have children (git-remote-https, ssh) that a signal
   * to git alone leaves behind.
   */
  readonly groupScript?: string;
  readonly signal?: AbortSignal;
}

/**
 * simple-git ends only git itself, and knows no spawn options to change that. Its `binary` may be two words, so network
 * commands go through a script that makes a process group and ends all of it when simple-git signals. Its text is here,
 * and not in a file beside, so that it is in the bundle too; `prepareAccess` writes it down.
 *
 * The remote decides how much git reads, unpacks and writes: the limits end that with an error of git's own. Data is what
 * counts as memory, since git maps its packs; a signal for a file that is too large would end git without a word.
 */
export function groupScript({ memoryBytes, fileBytes }: Pick<GitLimits, "memoryBytes" | "fileBytes">): string {
  return `ulimit -d ${Math.floor(memoryBytes / 1024)} 2>/dev/null || :
ulimit -f ${Math.floor(fileBytes / 512)} 2>/dev/null || :
trap '' XFSZ
exec 3<&0
setsid git "$@" <&3 3<&- &
child=$!
exec 3<&-
trap 'kill -KILL "-$child"' INT TERM
wait "$child"
`;
}

/** What git may say before it is ended, in bytes: it hands on all that a remote has to tell, and simple-git keeps it. */
const maxOutput = { stdout: 64 * 1024 * 1024, stderr: 4 * 1024 * 1024 } as const;

/** Our own hardening is what simple-git's guards object to; no argument or variable comes from users unchecked. */
const guards = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeCustomBinary: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeHooksPath: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
};

/**
 * Runs git to its end and returns what it said, whatever its exit code. Throws `GitError` `Timeout` at the limit,
 * `RemoteTooLarge` when it says too much and `Closed` when `signal` was aborted; the child and its children are gone then.
 */
export async function runGit(args: readonly string[], options: RunOptions): Promise<GitResult> {
  const limit = AbortSignal.timeout(options.limitMs);
  const tooMuch = new AbortController();
  const signals = [limit, tooMuch.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const abort = AbortSignal.any(signals);
  let result: GitResult = { code: -1, stdout: Buffer.alloc(0), stderr: "" };
  const git = simpleGit({
    baseDir: options.cwd,
    binary: options.groupScript === undefined ? "git" : ["sh", options.groupScript],
    abort,
    allowEnvironment: Object.keys(options.env).filter((name) => name.startsWith("GIT_")),
    unsafe: guards,
    // The default takes a child for done 50 ms after its exit, with output still in the pipe.
    completion: { onClose: true, onExit: false },
    input: () => options.input,
    errors: (_error, { exitCode, stdOut, stdErr }) => {
      result = { code: exitCode, stdout: Buffer.concat(stdOut), stderr: Buffer.concat(stdErr).toString() };
      return undefined;
    },
  });
  git.outputHandler((_command, stdout, stderr) => {
    for (const [stream, max] of [
      [stdout, maxOutput.stdout],
      [stderr, maxOutput.stderr],
    ] as const) {
      let left = max;
      stream.on("data", (chunk: Buffer) => {
        left -= chunk.length;
        if (left < 0) tooMuch.abort();
      });
    }
  });
  try {
    await git.env({ ...options.env }).raw([...args]);
  } catch (error) {
    if (!abort.aborted) throw new GitError("Unknown", `git ${args[0]} could not be run: ${String(error)}`);
  }
  if (options.signal?.aborted) throw new GitError("Closed", "the repository was closed");
  if (tooMuch.signal.aborted) throw new GitError("RemoteTooLarge", `git ${args[0]} was ended: it had too much to say`);
  // A child that was done when the limit struck has its answer; only one that was ended has none.
  if (limit.aborted && result.code !== 0) {
    throw new GitError("Timeout", `git ${args[0]} did not end within ${options.limitMs / 1000} s`);
  }
  return result;
}
