import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Files that exist only while a git command runs. No ref's name ends in `.lock`. */
const UNFINISHED =
  /\.lock$|^packed-refs\.new$|^objects\/(?:[^/]+\/)?(?:\.?tmp[_-][^/]*)$|^scratch\.git\/fast_import_crash_[^/]*$/;

/**
 * Deletes the files that failed or killed git commands left in a mirror: locks would block all later commands, and git
 * removes temporary files only in its garbage collection, which is off. No writing command may run meanwhile. Never
 * throws.
 */
export async function removeUnfinishedFiles(dir: string): Promise<void> {
  const names = await readdir(dir, { recursive: true }).catch(() => []);
  const unfinished = names.filter((name) => UNFINISHED.test(name));
  await Promise.all(unfinished.map((name) => rm(join(dir, name), { recursive: true, force: true }).catch(() => {})));
}
