import type { KubeObject, Resource } from "../../api/meta.ts";
import type { KubeClient } from "../client/client.ts";
import { type Clock, systemClock } from "../clock.ts";
import { Indexer, type IndexFunc, type Lister, type ObjectChange } from "./indexer.ts";
import { Reflector } from "./reflector.ts";

export interface InformerOptions<T extends KubeObject, I extends string = never> {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  /** One watch for each; left out: one watch for all namespaces. */
  readonly namespaces?: readonly string[];
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly indexes?: Readonly<Record<I, IndexFunc<T>>>;
  /** What is kept of an object. By default all but managedFields. */
  readonly transform?: (object: T) => T;
  /** What went wrong and is tried again: a lost connection, a refusal, a handler that threw. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** How long a watch may be silent; the API server sends a bookmark about every minute. */
  readonly silenceMs?: number;
}

export type ChangeHandler<T> = (next: T | undefined, previous: T | undefined) => void;

/**
 * Keeps a copy of a kind's objects up to date, and tells handlers of each change after the copy has it. It never gives up:
 * whatever goes wrong is reported, and tried again. An object that was deleted and made anew while we did not look is one
 * change, from the old to the new.
 */
export class Informer<T extends KubeObject, I extends string = never> {
  /** Resolves with true once everything was listed, with false if stopped before. */
  readonly synced: Promise<boolean>;
  readonly #options: InformerOptions<T, I>;
  readonly #store: Indexer<T, I>;
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #stopped = new AbortController();
  #settleSynced: (value: boolean) => void = () => {};
  readonly #relistHandlers = new Set<() => void>();
  #waitingFor: number;
  #watches: readonly Reflector<T>[] = [];
  #loops: readonly Promise<void>[] = [];

  constructor(options: InformerOptions<T, I>) {
    this.#options = options;
    this.#store = new Indexer(options.indexes ?? ({} as Record<I, IndexFunc<T>>));
    this.#waitingFor = this.#scopes.length;
    this.synced = new Promise((resolve) => {
      this.#settleSynced = resolve;
    });
  }

  get lister(): Lister<T, I> {
    return this.#store;
  }

  /**
   * Adds indexes to the store, and returns this informer under a type that has them.
   * Throws after `start`, and where an index of the name has another function.
   */
  addIndexes<J extends string>(indexes: Readonly<Record<J, IndexFunc<T>>>): Informer<T, I | J> {
    if (this.#loops.length > 0) throw new Error("indexes must be added before the informer starts");
    this.#store.addIndexes(indexes);
    return this as unknown as Informer<T, I | J>;
  }

  get hasSynced(): boolean {
    return this.#waitingFor === 0;
  }

  /** Adds a handler and tells it what is there already. Returns how to take it away again. */
  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.#store.list()) this.#tell(handler, { next: object, previous: undefined });
    return () => this.#handlers.delete(handler);
  }

  /**
   * Tells when everything had to be listed anew, before the changes that were found: what somebody remembers of objects beside
   * this copy may be of a history that is no more (an etcd restored from a backup).
   */
  onRelist(handler: () => void): void {
    this.#relistHandlers.add(handler);
  }

  /** For how long it has not heard of what happens, in milliseconds; 0 while all its watches are open. */
  get cutOffMs(): number {
    return Math.max(0, ...this.#watches.map((watch) => watch.cutOffMs));
  }

  start(): void {
    if (this.#loops.length > 0 || this.#stopped.signal.aborted) return;
    if (this.#waitingFor === 0) this.#settleSynced(true);
    this.#watches = this.#scopes.map((namespace) => this.#watchScope(namespace));
    this.#loops = this.#watches.map((watch) => watch.run(this.#stopped.signal));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#loops);
    this.#settleSynced(false);
  }

  get #scopes(): readonly (string | undefined)[] {
    return this.#options.namespaces ?? [undefined];
  }

  #watchScope(namespace: string | undefined): Reflector<T> {
    const { client, resource, labelSelector, fieldSelector, onError, transform = dropManagedFields } = this.#options;
    let listed = false;
    return new Reflector({
      client,
      resource,
      selection: { namespace, labelSelector, fieldSelector },
      clock: this.#options.clock ?? systemClock,
      random: this.#options.random ?? Math.random,
      silenceMs: this.#options.silenceMs ?? 150_000,
      onError: (error) => onError?.(error),
      transform,
      onList: (objects) => {
        const changes = this.#store.replace(objects, namespace);
        if (listed) for (const handler of this.#relistHandlers) handler();
        this.#publish(changes);
        if (listed) return;
        listed = true;
        this.#waitingFor -= 1;
        if (this.#waitingFor === 0) this.#settleSynced(true);
      },
      onSet: (object) => this.#publish([this.#store.set(object)]),
      onDelete: (key, last) => {
        const change = this.#store.delete(key);
        this.#publish([change === undefined ? undefined : { next: undefined, previous: last }]);
      },
    });
  }

  #publish(changes: readonly (ObjectChange<T> | undefined)[]): void {
    for (const change of changes) {
      if (change === undefined) continue;
      for (const handler of this.#handlers) this.#tell(handler, change);
    }
  }

  #tell(handler: ChangeHandler<T>, change: ObjectChange<T>): void {
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
