import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runGit } from "../harness/git-command.ts";

/** Somebody with a clone, who commits and pushes as people do: never by force, and again on top of what came first. */
export interface ExternalCommitter {
  /**
   * Commits a file on top of a branch, and pushes it; again while others were faster. The commit that the remote has taken; undefined
   * where there is no such branch (any more).
   */
  push(branch: string, path: string, text: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Under which others come first every time only if nobody ever waits. */
const TRIES = 200;

export interface Remote {
  readonly url: string;
  readonly password: string;
}

export async function createExternalCommitter(name: string, { url, password }: Remote): Promise<ExternalCommitter> {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-person-"));
  const who = { NAME: name, EMAIL: `${name}@example.com` };
  const env = {
    GIT_INDEX_FILE: join(dir, "index"),
    // Nobody sees it in an argument list.
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(`pkgserver:${password}`).toString("base64")}`,
    ...Object.fromEntries(
      Object.entries(who).flatMap(([what, is]) => [
        [`GIT_AUTHOR_${what}`, is],
        [`GIT_COMMITTER_${what}`, is],
      ]),
    ),
  };
  const git = async (args: readonly string[], input?: string) =>
    (await runGit(dir, args, { env, ...(input !== undefined && { input }) })).trim();
  await git(["init", "--quiet", "--bare"]);

  const tryOnce = async (branch: string, path: string, text: string) => {
    const [tip = ""] = (await git(["ls-remote", url, `refs/heads/${branch}`])).split("\t");
    if (tip === "") return { gone: true } as const;
    await git(["fetch", "--quiet", url, tip]);
    await git(["read-tree", tip]);
    const blob = await git(["hash-object", "-w", "--stdin"], text);
    await git(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`]);
    const tree = await git(["write-tree"]);
    const commit = await git(["commit-tree", tree, "-p", tip, "-m", `${name} changes ${path}`]);
    // Without the lease a branch that has gone meanwhile would be made anew.
    await git([
      "push",
      "--quiet",
      `--force-with-lease=refs/heads/${branch}:${tip}`,
      url,
      `${commit}:refs/heads/${branch}`,
    ]);
    return { commit } as const;
  };

  const push: ExternalCommitter["push"] = async (branch, path, text) => {
    let last: unknown;
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        const done = await tryOnce(branch, path, text);
        return "gone" in done ? undefined : done.commit;
      } catch (error) {
        last = error;
      }
    }
    throw new Error(`${name} could not push to ${branch} in ${TRIES} tries`, { cause: last });
  };

  // There is one index: one thing at a time.
  let before: Promise<unknown> = Promise.resolve();
  return {
    push: (...what) => {
      const turn = before.then(() => push(...what));
      before = turn.catch(() => undefined);
      return turn;
    },
    close: async () => await rm(dir, { recursive: true, force: true }),
  };
}
