import type { KubeObject, Resource } from "../../api/meta.ts";
import { forEachInTurns } from "../../event-loop/turns.ts";
import type { KubeClient } from "../client/client.ts";
import { type Clock, systemClock } from "../clock.ts";
import { Indexer, type IndexFunc, type Lister, type ObjectChange } from "./indexer.ts";
import { Reflector } from "./reflector.ts";

/** The API server sends a bookmark about every minute, so that a watch without any event for this time is dead. */
const DEFAULT_SILENCE_MS = 150_000;

export interface InformerOptions<T extends KubeObject, I extends string = never> {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  /** One watch for each; one watch for all namespaces if left out. */
  readonly namespaces?: readonly string[];
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly indexes?: Readonly<Record<I, IndexFunc<T>>>;
  /** The part of an object that is stored; everything but managedFields if left out. */
  readonly transform?: (object: T) => T;
  /** Called for every error, which is then retried: a lost connection, a rejected request, a handler that threw. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** A watch without events for this time is closed and opened again. 150 seconds if left out. */
  readonly silenceMs?: number;
}

/** `next` is undefined after a deletion, `previous` for a new object. */
export type ChangeHandler<T> = (next: T | undefined, previous: T | undefined) => void;

/** Gets the namespace that was listed; undefined: all. */
export type RelistHandler = (namespace: string | undefined) => void;

/**
 * Keeps a cache of the objects of one kind up to date, and notifies handlers of each change once the cache has it.
 * Errors are reported and retried indefinitely. An object that was deleted and created again while the watch was closed
 * is one change, from the old object to the new one.
 */
export class Informer<T extends KubeObject, I extends string = never> {
  /** Resolves with true once every namespace has been listed, with false if it was stopped before. */
  readonly synced: Promise<boolean>;
  readonly #options: InformerOptions<T, I>;
  readonly #indexer: Indexer<T, I>;
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #relistHandlers = new Set<RelistHandler>();
  readonly #stopped = new AbortController();
  #resolveSynced: (value: boolean) => void = () => {};
  /** Namespaces that have not been listed yet. */
  #unlisted: number;
  #reflectors: readonly Reflector<T>[] = [];
  #loops: readonly Promise<void>[] = [];

  constructor(options: InformerOptions<T, I>) {
    this.#options = options;
    this.#indexer = new Indexer(options.indexes ?? ({} as Record<I, IndexFunc<T>>));
    this.#unlisted = this.#namespaces.length;
    this.synced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  get lister(): Lister<T, I> {
    return this.#indexer;
  }

  /**
   * Adds indexes and returns this informer, with a type that has them.
   * Throws an Error after `start`, and if there is an index of that name with another function.
   */
  addIndexes<J extends string>(indexes: Readonly<Record<J, IndexFunc<T>>>): Informer<T, I | J> {
    if (this.#loops.length > 0) throw new Error("indexes must be added before the informer starts");
    this.#indexer.addIndexes(indexes);
    return this as unknown as Informer<T, I | J>;
  }

  get hasSynced(): boolean {
    return this.#unlisted === 0;
  }

  /** Adds a handler and notifies it of all cached objects. Returns a function that removes it. */
  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.#indexer.list()) this.#notify(handler, { next: object, previous: undefined });
    return () => this.#handlers.delete(handler);
  }

  /**
   * Adds a handler that is called after a relist, before its changes: the server may have lost writes (an etcd restored
   * from a backup), so that state kept outside this cache may be ahead of the objects.
   */
  onRelist(handler: RelistHandler): void {
    this.#relistHandlers.add(handler);
  }

  /** For how long at least one watch has been closed, in milliseconds; 0 while all are open. */
  get disconnectedMs(): number {
    return Math.max(0, ...this.#reflectors.map((reflector) => reflector.disconnectedMs));
  }

  start(): void {
    if (this.#loops.length > 0 || this.#stopped.signal.aborted) return;
    if (this.#unlisted === 0) this.#resolveSynced(true);
    this.#reflectors = this.#namespaces.map((namespace) => this.#createReflector(namespace));
    this.#loops = this.#reflectors.map((reflector) => reflector.run(this.#stopped.signal));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#loops);
    this.#resolveSynced(false);
  }

  /** Undefined: all namespaces. */
  get #namespaces(): readonly (string | undefined)[] {
    return this.#options.namespaces ?? [undefined];
  }

  #createReflector(namespace: string | undefined): Reflector<T> {
    const { client, resource, labelSelector, fieldSelector, onError, transform = dropManagedFields } = this.#options;
    let listed = false;
    return new Reflector({
      client,
      resource,
      scope: { namespace, labelSelector, fieldSelector },
      clock: this.#options.clock ?? systemClock,
      random: this.#options.random ?? Math.random,
      silenceMs: this.#options.silenceMs ?? DEFAULT_SILENCE_MS,
      onError: (error) => onError?.(error),
      transform,
      onList: async (objects) => {
        const changes: ObjectChange<T>[] = [];
        await forEachInTurns(this.#indexer.replace(objects, namespace), (change) => {
          if (change !== undefined) changes.push(change);
        });
        if (listed) for (const handler of this.#relistHandlers) handler(namespace);
        await forEachInTurns(changes, (change) => this.#distribute(change));
        if (!listed) this.#countListed();
        listed = true;
      },
      onSet: (object) => this.#distribute(this.#indexer.set(object)),
      onDelete: (key, last) => {
        if (this.#indexer.delete(key) !== undefined) this.#distribute({ next: undefined, previous: last });
      },
    });
  }

  #countListed(): void {
    this.#unlisted -= 1;
    if (this.#unlisted === 0) this.#resolveSynced(true);
  }

  #distribute(change: ObjectChange<T> | undefined): void {
    if (change === undefined) return;
    for (const handler of this.#handlers) this.#notify(handler, change);
  }

  #notify(handler: ChangeHandler<T>, change: ObjectChange<T>): void {
    try {
      handler(change.next, change.previous);
    } catch (error) {
      this.#options.onError?.(error);
    }
  }
}

function dropManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
