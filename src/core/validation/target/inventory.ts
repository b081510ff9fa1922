import { SetIndex } from "../../identity/set-index.ts";

/** Which files of a target have which resources. Look-ups and updates cost as much as they name. */
export class TargetInventory {
  readonly #resources = new Map<string, readonly string[]>();
  readonly #files = new SetIndex();

  /** Replaces the resources of a file, by their ids; returns those that it has no more, or has now. */
  set(path: string, ids: readonly string[]): readonly string[] {
    const before = this.#resources.get(path) ?? [];
    for (const id of before) this.#files.delete(id, path);
    for (const id of ids) this.#files.add(id, path);
    if (ids.length > 0) this.#resources.set(path, ids);
    else this.#resources.delete(path);
    return [...new Set(before).symmetricDifference(new Set(ids))];
  }

  /** The files with a resource. */
  filesWith(id: string): Iterable<string> {
    return this.#files.get(id);
  }
}
