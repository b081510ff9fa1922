import { type KubeObject, keyOf } from "../../api/meta.ts";

/** A change of one object: `next` is undefined after a deletion, `previous` for a new object. */
export interface ObjectChange<T> {
  readonly next: T | undefined;
  readonly previous: T | undefined;
}

/** The values of an object in an index. */
export type IndexFunc<T> = (object: T) => readonly string[];

/** The read side of an {@link Indexer}. The returned objects are shared and must not be modified. */
export interface Lister<T extends KubeObject, I extends string = never> {
  readonly size: number;
  /** @param key `namespace/name` */
  get(key: string): T | undefined;
  /** All objects, or those of one namespace. Costs one step for each of these. */
  list(namespace?: string): readonly T[];
  /** The objects that have this value in an index. */
  byIndex(index: I, value: string): readonly T[];
}

interface Index<T> {
  readonly valuesOf: IndexFunc<T>;
  /** Value → key → object. */
  readonly buckets: Map<string, Map<string, T>>;
}

/** Objects by `namespace/name`, with indexes. */
export class Indexer<T extends KubeObject, I extends string = never> implements Lister<T, I> {
  readonly #objects = new Map<string, T>();
  readonly #namespaces: Index<T> = { valuesOf: ({ metadata }) => [metadata.namespace ?? ""], buckets: new Map() };
  readonly #indexes = new Map<string, Index<T>>();

  constructor(indexes: Readonly<Record<I, IndexFunc<T>>>) {
    this.addIndexes(indexes);
  }

  /**
   * Adds indexes to an empty indexer. Throws an Error if it has objects, or an index of that name with another
   * function.
   */
  addIndexes(indexes: Readonly<Record<string, IndexFunc<T>>>): void {
    if (this.#objects.size > 0) throw new Error("indexes can only be added to an empty indexer");
    for (const [name, valuesOf] of Object.entries(indexes)) {
      const known = this.#indexes.get(name);
      if (known !== undefined && known.valuesOf !== valuesOf)
        throw new Error(`index ${name} has another function already`);
      this.#indexes.set(name, known ?? { valuesOf, buckets: new Map() });
    }
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(namespace?: string): readonly T[] {
    return [...this.#objectsOf(namespace).values()];
  }

  byIndex(index: I, value: string): readonly T[] {
    return [...(this.#indexes.get(index)?.buckets.get(value)?.values() ?? [])];
  }

  /** Stores an object. Undefined if the same version of it is stored already. */
  set(object: T): ObjectChange<T> | undefined {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous !== undefined && isSameVersion(previous, object)) return undefined;
    if (previous !== undefined) this.#unindex(key, previous);
    this.#objects.set(key, object);
    for (const { valuesOf, buckets } of this.#allIndexes()) {
      for (const value of valuesOf(object)) {
        const bucket = buckets.get(value);
        if (bucket === undefined) buckets.set(value, new Map([[key, object]]));
        else bucket.set(key, object);
      }
    }
    return { next: object, previous };
  }

  /** Undefined if there is no such object. */
  delete(key: string): ObjectChange<T> | undefined {
    const previous = this.#objects.get(key);
    if (previous === undefined) return undefined;
    this.#unindex(key, previous);
    this.#objects.delete(key);
    return { next: undefined, previous };
  }

  /**
   * Replaces the objects of one namespace, or all objects, one with each step. The changes: new objects, other
   * versions, and deletions that were missed; undefined for an object that is the same. No other object of the
   * namespace may change meanwhile.
   */
  *replace(objects: Iterable<T>, namespace?: string): Iterable<ObjectChange<T> | undefined> {
    const present = new Set<string>();
    for (const object of objects) {
      present.add(keyOf(object));
      yield this.set(object);
    }
    for (const key of this.#objectsOf(namespace).keys()) if (!present.has(key)) yield this.delete(key);
  }

  #objectsOf(namespace: string | undefined): ReadonlyMap<string, T> {
    if (namespace === undefined) return this.#objects;
    return this.#namespaces.buckets.get(namespace) ?? new Map();
  }

  #allIndexes(): readonly Index<T>[] {
    return [this.#namespaces, ...this.#indexes.values()];
  }

  #unindex(key: string, object: T): void {
    for (const { valuesOf, buckets } of this.#allIndexes()) {
      for (const value of valuesOf(object)) {
        const bucket = buckets.get(value);
        bucket?.delete(key);
        if (bucket?.size === 0) buckets.delete(value);
      }
    }
  }
}

function isSameVersion(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}
