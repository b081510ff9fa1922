import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * A bare repository without commits, as `git init --bare --template=` makes it: `branch` is its HEAD, `config` is added
 * to its configuration. A process of git for each repository of a test took more time than these files.
 */
export async function writeEmptyRepository(dir: string, branch: string, config = ""): Promise<void> {
  for (const folder of ["objects/info", "objects/pack", "refs/heads", "refs/tags"]) {
    await mkdir(join(dir, folder), { recursive: true });
  }
  await writeFile(join(dir, "HEAD"), `ref: refs/heads/${branch}\n`);
  const core = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";
  await writeFile(join(dir, "config"), `${core}${config}`);
}
