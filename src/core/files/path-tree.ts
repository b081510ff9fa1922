/** The files and folders that one package may have. */
export const MAX_ENTRIES = 20_000;

export interface PathClash {
  /** Of the file that clashes. */
  readonly path: string;
  readonly problem: string;
}

/** A node, by its name in lower case: a file, a folder, or both, which clash. */
interface Entry {
  readonly parent: Entry | undefined;
  /** The path of the first such file. */
  file?: string;
  /** The name of the first such folder, as it is spelled. */
  folder?: string;
  children?: Map<string, Entry>;
}

/** The files of a package and their folders. Costs a step for each part of a path, and memory for each new one. */
class PathTree {
  readonly clashes: PathClash[] = [];
  size = 0;
  readonly #root: Entry = { parent: undefined };
  readonly #folders: Entry[] = [];

  add(path: string): void {
    const parts = path.split("/");
    const name = parts.pop() ?? "";
    let folder = this.#root;
    // The folders below differ as well.
    let hasClash = false;
    for (const part of parts) {
      folder = this.#enter(folder, part);
      if (folder.folder === undefined) {
        folder.folder = part;
        this.#folders.push(folder);
      } else if (!hasClash && folder.folder !== part) {
        this.#reportCase(path, folderPath(folder));
        hasClash = true;
      }
    }
    const entry = this.#enter(folder, name);
    if (entry.file === undefined) entry.file = path;
    else if (entry.file !== path) this.#reportCase(path, entry.file);
  }

  /** Files that have the name of a folder. */
  nameClashes(): readonly PathClash[] {
    return this.#folders.flatMap((entry) =>
      entry.file === undefined ? [] : [{ path: entry.file, problem: `is a file, and ${folderPath(entry)}/ a folder` }],
    );
  }

  #enter(folder: Entry, name: string): Entry {
    const key = name.normalize("NFC").toLowerCase();
    folder.children ??= new Map();
    const known = folder.children.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { parent: folder };
    folder.children.set(key, entry);
    this.size += 1;
    return entry;
  }

  #reportCase(path: string, known: string): void {
    this.clashes.push({ path, problem: `differs only by case from ${known}` });
  }
}

/** Conflicts between paths: a file and a folder with one name, names that differ only by case. */
export function pathClashes(paths: Iterable<string>): readonly PathClash[] {
  const tree = new PathTree();
  for (const path of paths) tree.add(path);
  return [...tree.clashes, ...tree.nameClashes()];
}

/** True for more files and folders than a package may have. Looks at no more paths than it needs to know. */
export function hasTooManyEntries(paths: Iterable<string>): boolean {
  const tree = new PathTree();
  for (const path of paths) {
    tree.add(path);
    if (tree.size > MAX_ENTRIES) return true;
  }
  return false;
}

function folderPath(entry: Entry): string {
  const names: string[] = [];
  for (let at: Entry | undefined = entry; at?.folder !== undefined; at = at.parent) names.push(at.folder);
  return names.reverse().join("/");
}
