import { type KubeObject, keyOf } from "../../api/meta.ts";

/** What became of one object; `next` is undefined when it is gone, `previous` when it is new. */
export interface ObjectChange<T> {
  readonly next: T | undefined;
  readonly previous: T | undefined;
}

/** The values under which an index holds an object. */
export type IndexFunc<T> = (object: T) => readonly string[];

/** The read side of a {@link Indexer}. What it returns is shared: do not change it. */
export interface Lister<T extends KubeObject, I extends string = never> {
  readonly size: number;
  /** @param key `namespace/name` */
  get(key: string): T | undefined;
  list(namespace?: string): readonly T[];
  /** The objects that an index holds under a value. */
  byIndex(index: I, value: string): readonly T[];
}

/** Objects by `namespace/name`, with indexes. Knows nothing of how they got here. */
export class Indexer<T extends KubeObject, I extends string = never> implements Lister<T, I> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, { readonly of: IndexFunc<T>; readonly held: Map<string, Map<string, T>> }>();

  constructor(indexes: Readonly<Record<I, IndexFunc<T>>>) {
    this.addIndexes(indexes);
  }

  /** Adds indexes while the store is empty. Throws where an index of the name has another function. */
  addIndexes(indexes: Readonly<Record<string, IndexFunc<T>>>): void {
    if (this.#objects.size > 0) throw new Error("indexes can only be added to an empty store");
    for (const [name, of] of Object.entries(indexes)) {
      const known = this.#indexes.get(name);
      if (known !== undefined && known.of !== of) throw new Error(`index ${name} has another function already`);
      this.#indexes.set(name, known ?? { of, held: new Map() });
    }
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(namespace?: string): readonly T[] {
    const all = [...this.#objects.values()];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  byIndex(index: I, value: string): readonly T[] {
    return [...(this.#indexes.get(index)?.held.get(value)?.values() ?? [])];
  }

  /** Stores an object; undefined where this very version was there already. */
  set(object: T): ObjectChange<T> | undefined {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous !== undefined && isSameVersion(previous, object)) return undefined;
    if (previous !== undefined) this.#unindex(key, previous);
    this.#objects.set(key, object);
    for (const { of, held } of this.#indexes.values()) {
      for (const value of of(object)) {
        const bucket = held.get(value);
        if (bucket === undefined) held.set(value, new Map([[key, object]]));
        else bucket.set(key, object);
      }
    }
    return { next: object, previous };
  }

  delete(key: string): ObjectChange<T> | undefined {
    const previous = this.#objects.get(key);
    if (previous === undefined) return undefined;
    this.#unindex(key, previous);
    this.#objects.delete(key);
    return { next: undefined, previous };
  }

  /**
   * Makes a namespace (or everything) hold exactly these objects, and returns what that changed: what is new or newer, and
   * what went unseen in the meantime.
   */
  replace(objects: Iterable<T>, namespace?: string): readonly ObjectChange<T>[] {
    const changes: ObjectChange<T>[] = [];
    const present = new Set<string>();
    for (const object of objects) {
      present.add(keyOf(object));
      const change = this.set(object);
      if (change !== undefined) changes.push(change);
    }
    for (const [key, object] of this.#objects) {
      if (present.has(key) || (namespace !== undefined && object.metadata.namespace !== namespace)) continue;
      const change = this.delete(key);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  #unindex(key: string, object: T): void {
    for (const { of, held } of this.#indexes.values()) {
      for (const value of of(object)) {
        const bucket = held.get(value);
        bucket?.delete(key);
        if (bucket?.size === 0) held.delete(value);
      }
    }
  }
}

function isSameVersion(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}
