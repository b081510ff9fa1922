import { readdir, readlink, realpath } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

/** Files and folders of one repository. */
const MAX_ENTRIES = 200_000;
/** git does not run them for a local remote. */
const IGNORED = "hooks";

/** Why a folder leads out of itself: by a symbolic link, or because it is too large to tell. Undefined: it does not. */
export async function findSymlinkEscape(folder: string): Promise<string | undefined> {
  const folders = [folder];
  let left = MAX_ENTRIES;
  for (let current = folders.pop(); current !== undefined; current = folders.pop()) {
    const entries = await readdir(current, { withFileTypes: true });
    left -= entries.length;
    if (left < 0) return `it has more than ${MAX_ENTRIES} files: repack it`;
    for (const entry of entries) {
      const path = join(current, entry.name);
      if (path === join(folder, IGNORED)) continue;
      if (entry.isDirectory()) folders.push(path);
      if (entry.isSymbolicLink() && !isWithin(await targetOf(path), folder)) {
        return `${JSON.stringify(relative(folder, path))} is a link that leaves its folder`;
      }
    }
  }
  return undefined;
}

/** A link into nowhere is judged by what it says: its target may exist a moment later. */
async function targetOf(link: string): Promise<string> {
  return await realpath(link).catch(async () => resolve(dirname(link), await readlink(link)));
}

function isWithin(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`);
}
