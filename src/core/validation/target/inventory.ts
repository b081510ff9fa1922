import { OwnerIndex } from "../../identity/owner-index.ts";

/** Which files of a target have which resources. Look-ups and updates cost as much as they name. */
export class TargetInventory {
  readonly #resources = new OwnerIndex();
  readonly #types = new OwnerIndex();

  /** Replaces the resources of a file, by their ids; returns those that it has no more, or has now. */
  set(path: string, ids: readonly string[]): readonly string[] {
    const before = this.idsOf(path);
    this.#resources.set(path, ids);
    this.#types.set(path, ids.map(typeOf));
    return [...new Set(before).symmetricDifference(new Set(ids))];
  }

  /** The resources of a file. */
  idsOf(path: string): readonly string[] {
    return this.#resources.valuesOf(path);
  }

  /** The files with a resource. */
  filesWith(id: string): Iterable<string> {
    return this.#resources.ownersOf(id);
  }

  /** The files with resources of a type: `KIND.GROUP`, or `KIND` of the core group. */
  filesOfType(type: string): Iterable<string> {
    return this.#types.ownersOf(type);
  }
}

/** The type in the id of a resource. */
export function typeOf(id: string): string {
  return id.slice(0, id.indexOf(" "));
}
