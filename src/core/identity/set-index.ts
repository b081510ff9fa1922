/** Several values of each key. A key without values is not kept. */
export class SetIndex {
  readonly #values = new Map<string, Set<string>>();

  add(key: string, value: string): void {
    const values = this.#values.get(key) ?? new Set();
    this.#values.set(key, values.add(value));
  }

  delete(key: string, value: string): void {
    const values = this.#values.get(key);
    values?.delete(value);
    if (values?.size === 0) this.#values.delete(key);
  }

  get(key: string): Iterable<string> {
    return this.#values.get(key) ?? [];
  }
}
