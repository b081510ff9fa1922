import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitServer } from "./harness/git-server.ts";
import { waitUntil } from "./harness/wait.ts";

export interface HeldPushes {
  /** Waits until a push is there, complete but not accepted yet. */
  arrived(): Promise<void>;
  /** Lets it and all later ones through. */
  release(): Promise<void>;
}

/** Makes pushes to a repository wait in its pre-receive hook: time for others to do what would need luck otherwise. */
export async function holdPushes(git: GitServer, repository: string): Promise<HeldPushes> {
  const [held, go] = ["held", "go"].map((name) => join(git.path(repository), name)) as [string, string];
  await Promise.all([rm(held, { force: true }), rm(go, { force: true })]);
  await git.setHooks(repository, { preReceive: `touch '${held}'\nwhile [ ! -e '${go}' ]; do sleep 0.02; done\n` });
  return {
    arrived: async () => void (await waitUntil("a push has arrived", () => existsSync(held), { intervalMs: 20 })),
    release: async () => {
      await git.setHooks(repository, { preReceive: null });
      await writeFile(go, "");
    },
  };
}
