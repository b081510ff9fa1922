import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitRepositories } from "../harness/git-repositories.ts";
import { waitUntil } from "../harness/wait.ts";

/** A push that a hook of the git server holds. */
export interface HeldPush {
  /** Waits until a push is held. */
  reached(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Holds the next push to a repository: `before` any of its refs has moved, or `after` all have moved and only the
 * response is missing. Later pushes pass.
 */
export async function holdNextPush(
  git: Pick<GitRepositories, "path" | "setHooks">,
  repository: string,
  at: "before" | "after",
): Promise<HeldPush> {
  const [held, released] = ["held", "released"].map((name) => join(git.path(repository), name)) as [string, string];
  // The hook also ends when the repository's folder is deleted, so that no test leaves it running.
  const script = `[ -e '${held}' ] && exit 0
: > '${held}'
while [ -e '${held}' ] && [ ! -e '${released}' ]; do sleep 0.02; done
`;
  await git.setHooks(repository, at === "before" ? { preReceive: script } : { postReceive: script });
  return {
    reached: async () =>
      void (await waitUntil(`a push to ${repository} is held`, () => existsSync(held), { intervalMs: 20 })),
    release: async () => await writeFile(released, ""),
  };
}
