import { delimiter, isAbsolute, parse } from "node:path";
import { GitError } from "../errors.ts";
import { gitEnvironment } from "../exec/environment.ts";
import { DEFAULT_LIMITS } from "../exec/limits.ts";
import { runGit } from "../exec/run-git.ts";
import { ObjectReader } from "../objects/object-reader.ts";
import { parseRefs, REF_FORMAT } from "../refs/parse-refs.ts";
import type { Ref } from "../refs/ref-table.ts";

/** A clone on this machine, which nothing changes. */
export interface Clone {
  readonly reader: ObjectReader;
  readonly tags: () => Promise<readonly Ref[]>;
  /** The commits of the branch of published packages, newest first, without those of merged branches. */
  readonly mainCommits: () => Promise<readonly string[]>;
  readonly close: () => void;
}

/** The branch of the remote that it was cloned from comes first: a local one may be old. */
const MAIN = ["refs/remotes/origin/HEAD", "HEAD"] as const;
/** A publication is one commit: more than a repository has. */
const MAX_COMMITS = 200_000;

/**
 * Opens the repository that a folder is in, or is. git runs as the operator runs it: the clone's configuration starts
 * no program, and no remote is contacted. Throws `GitError` for a folder that is in none.
 *
 * @param ambient the variables that git inherits, `PATH` among them
 */
export async function openClone(dir: string, ambient: Readonly<Record<string, string>>): Promise<Clone> {
  const settings = { ambient: withoutRelativePaths(ambient), transports: new Set<never>() };
  // Never in the clone: a program of its own that is called git must not be found there.
  const cwd = parse(process.execPath).root;
  const options = { cwd, limitMs: DEFAULT_LIMITS.localMs };
  const environmentOf = (gitDir: string) => gitEnvironment(settings, gitDir, "/nonexistent");
  // Where the repository is, git has to find out first. The settings would refuse a bare one that is not named.
  const { GIT_DIR: _, ...rest } = environmentOf("");
  const found = await runGit(
    ["-C", dir, "-c", "safe.directory=*", "rev-parse", "--path-format=absolute", "--git-common-dir"],
    { ...options, env: { ...rest, GIT_CONFIG_COUNT: "0" } },
  );
  if (found.code !== 0) throw new GitError("Unknown", `${dir} is no clone of a Git repository: ${found.stderr.trim()}`);
  const env = environmentOf(found.stdout.toString().trimEnd());
  const run = async (args: readonly string[]) => await runGit(args, { ...options, env });
  const read = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await run(args);
    if (code !== 0) throw new GitError("Unknown", `git ${args[0]} failed: ${stderr.trim()}`);
    return stdout.toString().split("\n").filter(Boolean);
  };
  const reader = new ObjectReader(env, {
    // The auditor judges signatures itself: it has to tell a bad one from none.
    signing: { isSigned: async () => await Promise.resolve(false) },
  });
  return {
    reader,
    tags: async () =>
      parseRefs(await read(["for-each-ref", `--format=${REF_FORMAT}`, "refs/tags"])).map(({ ref }) => ref),
    mainCommits: async () => {
      for (const ref of MAIN) {
        const { code, stdout } = await run(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
        if (code !== 0) continue;
        return await read(["rev-list", "--first-parent", `--max-count=${MAX_COMMITS}`, stdout.toString().trim()]);
      }
      return [];
    },
    close: () => reader.close(),
  };
}

/** Parts of PATH that depend on the folder in which something runs are left out. */
function withoutRelativePaths(ambient: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { PATH = "" } = ambient;
  const parts = PATH.split(delimiter).filter(isAbsolute);
  return { ...ambient, PATH: parts.join(delimiter), NoDefaultCurrentDirectoryInExePath: "1" };
}
