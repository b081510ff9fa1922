import { runGit } from "../harness/git-command.ts";
import type { GitServer } from "../harness/git-server.ts";
import { type GitObject, readObjects } from "../invariants/git-batch.ts";

/** Reads a repository of the git server with git itself. */
export interface GitReader {
  /** Runs git in the repository. Returns stdout without the last newline. */
  (...args: readonly string[]): Promise<string>;
  /** Every ref except main, short and sorted: `heads/…`, `tags/…`. */
  refs(): Promise<readonly string[]>;
  /** Path → text of all files of a folder (by default the root) at a revision. */
  files(revision: string, folder?: string): Promise<Readonly<Record<string, string>>>;
  /** Number of commits in the history of a revision. */
  count(revision: string): Promise<number>;
  /** Trailers of a commit or an annotated tag, as `git interpret-trailers` parses them. */
  trailers(object: string): Promise<Readonly<Record<string, string>>>;
}

export function createGitReader(git: GitServer, repository: string): GitReader {
  const run = async (...args: readonly string[]) => (await git.git(repository, ...args)).replace(/\n$/, "");
  return Object.assign(run, {
    refs: async () => {
      const names = await run("for-each-ref", "--format=%(refname)");
      return names.split("\n").flatMap((name) => (name === "refs/heads/main" ? [] : [name.slice("refs/".length)]));
    },
    files: async (revision: string, folder = "") => {
      const tree = `${revision}:${folder}`;
      const names = (await run("ls-tree", "-r", "-z", "--name-only", tree)).split("\0").filter((name) => name !== "");
      const specs = names.map((name) => `${tree}${folder === "" ? "" : "/"}${name}`);
      const blobs = await readObjects(
        git.path(repository),
        specs.map((spec) => ({ spec, withBytes: true })),
      );
      return Object.fromEntries(names.map((name, index) => [name, textOf(blobs[index], specs[index])]));
    },
    count: async (revision: string) => Number(await run("rev-list", "--count", revision)),
    trailers: async (object: string) => {
      const raw = await git.git(repository, "cat-file", "-p", object);
      // The signature of a tag stands behind its message.
      const [input = ""] = raw.slice(raw.indexOf("\n\n") + 2).split("-----BEGIN SSH SIGNATURE-----");
      const lines = (await runGit(git.path(repository), ["interpret-trailers", "--parse"], { input })).trimEnd();
      return Object.fromEntries(lines.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
    },
  });
}

function textOf(object: GitObject | undefined, spec: string | undefined): string {
  if (object?.type !== "blob" || object.bytes === undefined) throw new Error(`${spec} is not a file`);
  return object.bytes.toString("utf8");
}

/** Number of pushes that a repository has accepted. */
export function countPushes(git: GitServer, repository: string): number {
  return git.requests().filter(({ path, status }) => path === `/${repository}.git/git-receive-pack` && status === 200)
    .length;
}
