import { SetIndex } from "./set-index.ts";

/** The values of each owner, and the owners of each value. Look-ups and updates cost as much as they name. */
export class OwnerIndex {
  readonly #values = new Map<string, readonly string[]>();
  readonly #owners = new SetIndex();

  /** Replaces an owner's values; an owner without values is not kept. */
  set(owner: string, values: readonly string[]): void {
    for (const value of this.valuesOf(owner)) this.#owners.delete(value, owner);
    for (const value of values) this.#owners.add(value, owner);
    if (values.length > 0) this.#values.set(owner, values);
    else this.#values.delete(owner);
  }

  valuesOf(owner: string): readonly string[] {
    return this.#values.get(owner) ?? [];
  }

  ownersOf(value: string): Iterable<string> {
    return this.#owners.get(value);
  }
}
