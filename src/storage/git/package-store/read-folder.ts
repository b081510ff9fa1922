import { MAX_ENTRIES } from "../../../core/files/path-tree.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { Folder } from "../../../core/validation/target/folder.ts";
import { GitError } from "../errors.ts";
import type { PackageReader } from "./mirror-reader.ts";

/** Levels of folders; a path of Git has at most 4,096 characters. */
const MAX_DEPTH = 100;

/**
 * A tree with all below it, symlinks and submodules left out. Folders that `previous` has at the same place are not
 * read again. Throws `GitError` `ObjectTooLarge` for more than 20,000 files and folders.
 */
export async function readFolder(reader: PackageReader, tree: Oid, previous: Folder | undefined): Promise<Folder> {
  const count = { left: MAX_ENTRIES };
  const read = async (oid: Oid, known: Folder | undefined, depth: number): Promise<Folder> => {
    if (known?.oid === oid) {
      take(count, known.size);
      return known;
    }
    const entries = await reader.entries(oid, count.left);
    take(count, entries.length);
    let size = entries.length;
    const [files, folders] = [new Map<string, Oid>(), new Map<string, Folder>()];
    for (const { name, mode, oid: id } of entries) {
      if (mode === "100644" || mode === "100755") files.set(name, id);
      else if (mode === "040000" && depth < MAX_DEPTH) {
        const folder = await read(id, known?.folders.get(name), depth + 1);
        folders.set(name, folder);
        size += folder.size;
      }
    }
    return { oid, files, folders, size };
  };
  return await read(tree, previous, 0);
}

function take(count: { left: number }, entries: number): void {
  count.left -= entries;
  if (count.left < 0) throw new GitError("ObjectTooLarge", `the folder has more than ${MAX_ENTRIES} files and folders`);
}
