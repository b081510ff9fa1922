import { SetIndex } from "../identity/set-index.ts";

/**
 * The folders of the packages of one repository, with their nesting. All operations cost the same for any number of
 * packages.
 */
export class PackageFolders {
  readonly #folders = new Set<string>();
  /** Folder → the packages below it. */
  readonly #below = new SetIndex();

  get size(): number {
    return this.#folders.size;
  }

  add(path: string): void {
    if (this.#folders.has(path)) return;
    this.#folders.add(path);
    for (const folder of foldersAbove(path)) this.#below.add(folder, path);
  }

  delete(path: string): void {
    if (!this.#folders.delete(path)) return;
    for (const folder of foldersAbove(path)) this.#below.delete(folder, path);
  }

  /** The packages below a folder, sorted. */
  below(path: string): readonly string[] {
    return [...this.#below.get(path)].sort();
  }

  /** The packages whose folders contain a path, outermost first. */
  above(path: string): readonly string[] {
    return foldersAbove(path).filter((folder) => this.#folders.has(folder));
  }
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
