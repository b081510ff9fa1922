/** A set that counts: a value stays until it was deleted as often as it was added. */
export class CountedSet {
  readonly #counts = new Map<string, number>();

  /** True if the set did not have the value. */
  add(value: string): boolean {
    const count = this.#counts.get(value) ?? 0;
    this.#counts.set(value, count + 1);
    return count === 0;
  }

  /** True if the set has lost the value. */
  delete(value: string): boolean {
    const count = this.#counts.get(value);
    if (count === undefined) return false;
    if (count > 1) this.#counts.set(value, count - 1);
    else this.#counts.delete(value);
    return count === 1;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#counts.keys();
  }
}
