/** Values that were added once or several times, each until it was deleted as often. */
export class CountedSet {
  readonly #counts = new Map<string, number>();

  /** True if the value was not there before. */
  add(value: string): boolean {
    const count = this.#counts.get(value) ?? 0;
    this.#counts.set(value, count + 1);
    return count === 0;
  }

  /** True if the value is not there any more. */
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
