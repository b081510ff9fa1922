import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runGit } from "../harness/git-command.ts";

/** A user with a clone, who never forces a push, and pushes again on top of commits that came first. */
export interface ExternalCommitter {
  /**
   * Commits a file on top of a branch and pushes it; repeats that while another push comes first. Returns the accepted
   * commit; undefined if there is no such branch (any more).
   */
  push(branch: string, path: string, text: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Enough for pushes of several clients without a pause between them. */
const MAX_TRIES = 200;

export interface Remote {
  readonly url: string;
  readonly password: string;
}

export async function createExternalCommitter(name: string, { url, password }: Remote): Promise<ExternalCommitter> {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-committer-"));
  const person = { NAME: name, EMAIL: `${name}@example.com` };
  const env = {
    GIT_INDEX_FILE: join(dir, "index"),
    // In the environment: the password must not be in an argument list.
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(`pkgserver:${password}`).toString("base64")}`,
    ...Object.fromEntries(
      Object.entries(person).flatMap(([variable, value]) => [
        [`GIT_AUTHOR_${variable}`, value],
        [`GIT_COMMITTER_${variable}`, value],
      ]),
    ),
  };
  const git = async (args: readonly string[], input?: string) =>
    (await runGit(dir, args, { env, ...(input !== undefined && { input }) })).trim();
  await git(["init", "--quiet", "--bare"]);

  const tryOnce = async (branch: string, path: string, text: string) => {
    const [tip = ""] = (await git(["ls-remote", url, `refs/heads/${branch}`])).split("\t");
    if (tip === "") return { kind: "branchGone" } as const;
    await git(["fetch", "--quiet", url, tip]);
    await git(["read-tree", tip]);
    const blob = await git(["hash-object", "-w", "--stdin"], text);
    await git(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`]);
    const tree = await git(["write-tree"]);
    const commit = await git(["commit-tree", tree, "-p", tip, "-m", `${name} changes ${path}`]);
    // Without the lease, a branch that was deleted meanwhile would be created again.
    await git([
      "push",
      "--quiet",
      `--force-with-lease=refs/heads/${branch}:${tip}`,
      url,
      `${commit}:refs/heads/${branch}`,
    ]);
    return { kind: "pushed", commit } as const;
  };

  const push: ExternalCommitter["push"] = async (branch, path, text) => {
    let last: unknown;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      try {
        const result = await tryOnce(branch, path, text);
        return result.kind === "pushed" ? result.commit : undefined;
      } catch (error) {
        last = error;
      }
    }
    throw new Error(`${name} could not push to ${branch} in ${MAX_TRIES} tries`, { cause: last });
  };

  // One index is shared: one push at a time.
  let previous: Promise<unknown> = Promise.resolve();
  return {
    push: (...args) => {
      const current = previous.then(() => push(...args));
      previous = current.catch(() => undefined);
      return current;
    },
    close: async () => await rm(dir, { recursive: true, force: true }),
  };
}
