import { SetIndex } from "../../identity/set-index.ts";

/** Which files of a target have which resources. Look-ups and updates cost as much as they name. */
export class TargetInventory {
  readonly #resources = new Map<string, readonly string[]>();
  readonly #files = new SetIndex();
  readonly #filesOfType = new SetIndex();

  /** Replaces the resources of a file, by their ids; returns those that it has no more, or has now. */
  set(path: string, ids: readonly string[]): readonly string[] {
    const before = this.idsOf(path);
    for (const id of before) this.#files.delete(id, path);
    for (const id of before) this.#filesOfType.delete(typeOf(id), path);
    for (const id of ids) this.#files.add(id, path);
    for (const id of ids) this.#filesOfType.add(typeOf(id), path);
    if (ids.length > 0) this.#resources.set(path, ids);
    else this.#resources.delete(path);
    return [...new Set(before).symmetricDifference(new Set(ids))];
  }

  /** The resources of a file. */
  idsOf(path: string): readonly string[] {
    return this.#resources.get(path) ?? [];
  }

  /** The files with a resource. */
  filesWith(id: string): Iterable<string> {
    return this.#files.get(id);
  }

  /** The files with resources of a type: `KIND.GROUP`, or `KIND` of the core group. */
  filesOfType(type: string): Iterable<string> {
    return this.#filesOfType.get(type);
  }
}

/** The type in the id of a resource. */
export function typeOf(id: string): string {
  return id.slice(0, id.indexOf(" "));
}
