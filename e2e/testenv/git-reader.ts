import { runGit } from "../harness/git-command.ts";
import type { GitServer } from "../harness/git-server.ts";

/** What a repository of the git server holds, as git itself tells it. */
export interface GitReader {
  /** Runs git in the repository; without the newline at the end. */
  (...args: readonly string[]): Promise<string>;
  /** Every ref but main, short, sorted: `heads/…`, `tags/…`. */
  refs(): Promise<readonly string[]>;
  /** Path → text of all files of a folder (the root if left out) at a revision. */
  files(revision: string, folder?: string): Promise<Readonly<Record<string, string>>>;
  /** How many commits a revision has. */
  count(revision: string): Promise<number>;
  /** The trailers of a commit or an annotated tag, as `git interpret-trailers` reads them. */
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
      const read = (name: string) =>
        git.git(repository, "cat-file", "blob", `${tree}${folder === "" ? "" : "/"}${name}`);
      const texts = names.map(async (name) => [name, await read(name)]);
      return Object.fromEntries(await Promise.all(texts));
    },
    count: async (revision: string) => Number(await run("rev-list", "--count", revision)),
    trailers: async (object: string) => {
      const raw = await git.git(repository, "cat-file", "-p", object);
      const input = raw.slice(raw.indexOf("\n\n") + 2);
      const lines = (await runGit(git.path(repository), ["interpret-trailers", "--parse"], { input })).trimEnd();
      return Object.fromEntries(lines.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
    },
  });
}

/** How often something was pushed to a repository. */
export function countPushes(git: GitServer, repository: string): number {
  return git.requests().filter(({ path, status }) => path === `/${repository}.git/git-receive-pack` && status === 200)
    .length;
}
