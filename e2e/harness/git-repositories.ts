import { appendFile, chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeEmptyRepository } from "../../src/storage/git/testing/empty-repository.ts";
import { runGit } from "./git-command.ts";

export interface RepositoryOptions {
  /** A path, bundle or URL to copy all refs from. HEAD is `initialBranch` if that branch exists. */
  readonly from?: string;
  /** `main` by default. */
  readonly initialBranch?: string;
  /** Path → text of the first commit. */
  readonly seed?: Readonly<Record<string, string>>;
  /** Without a commit, and so without a branch. */
  readonly empty?: boolean;
}

export interface HookScripts {
  /** A shell script that exits with a code other than 0 to refuse the push. Null removes the hook. */
  readonly preReceive?: string | null;
  readonly update?: string | null;
  readonly postReceive?: string | null;
}

/** The bare repositories below one folder. */
export interface GitRepositories {
  /** The folder of a repository, `ROOT/NAME.git`. */
  path(name: string): string;
  /** Creates a bare repository with a first commit (without files if there is no seed). Returns its folder. */
  createRepository(name: string, options?: RepositoryOptions): Promise<string>;
  /** Installs or removes hooks; the others stay. */
  setHooks(name: string, hooks: HookScripts): Promise<void>;
  /** Runs git in a repository and returns its stdout. */
  git(name: string, ...args: readonly string[]): Promise<string>;
}

export function openRepositories(root: string): GitRepositories {
  const path = (name: string): string => join(root, `${name}.git`);
  return {
    path,
    createRepository: async (name, options = {}) => {
      const dir = path(name);
      if (options.from === undefined) await initialise(dir, options);
      else await copy(dir, options.from, options.initialBranch ?? "main");
      await configure(dir);
      return dir;
    },
    setHooks: async (name, hooks) => {
      await writeHook(path(name), "pre-receive", hooks.preReceive);
      await writeHook(path(name), "update", hooks.update);
      await writeHook(path(name), "post-receive", hooks.postReceive);
    },
    git: (name, ...args) => runGit(path(name), args),
  };
}

async function initialise(dir: string, options: RepositoryOptions): Promise<void> {
  const branch = options.initialBranch ?? "main";
  await writeEmptyRepository(dir, branch);
  if (options.empty) return;
  await runGit(dir, ["fast-import", "--quiet"], { input: describeCommit(branch, options.seed ?? {}) });
}

async function copy(dir: string, from: string, branch: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  try {
    await runGit(dir, ["clone", "--quiet", "--mirror", "--", from, "."]);
  } catch (error) {
    // The next call would take a partial copy for a complete one.
    await rm(dir, { recursive: true });
    throw error;
  }
  await runGit(dir, ["remote", "remove", "origin"]);
  const found = await runGit(dir, ["for-each-ref", `refs/heads/${branch}`]);
  if (found !== "") await runGit(dir, ["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
}

/** Allows pushes and partial clones, as Git hosts do. No automatic repacking during a test. */
async function configure(dir: string): Promise<void> {
  // As `git config` does, without three processes.
  await appendFile(
    join(dir, "config"),
    "[http]\n\treceivepack = true\n[uploadpack]\n\tallowFilter = true\n[receive]\n\tautogc = false\n",
  );
}

/** One commit as a stream for `git fast-import`. */
function describeCommit(branch: string, files: Readonly<Record<string, string>>): string {
  const data = (value: string): string => `data ${Buffer.byteLength(value)}\n${value}\n`;
  const quote = (value: string): string =>
    `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
  const committer = "committer pkgserver <pkgserver@example.com> 1767225600 +0000\n";
  const contents = Object.entries(files).map(([path, value]) => `M 100644 inline ${quote(path)}\n${data(value)}`);
  return `commit refs/heads/${branch}\n${committer}${data("First commit")}${contents.join("")}`;
}

async function writeHook(dir: string, name: string, script: string | null | undefined): Promise<void> {
  if (script === undefined) return;
  const file = join(dir, "hooks", name);
  if (script === null) return rm(file, { force: true });
  await mkdir(join(dir, "hooks"), { recursive: true });
  await writeFile(file, script.startsWith("#!") ? script : `#!/bin/sh\n${script}`);
  await chmod(file, 0o755);
}
