import type { KubeObject } from "../../../api/meta.ts";
import { Indexer, type IndexFunc, type ObjectChange } from "../../../kube/informer/indexer.ts";
import type { ChangeHandler, RelistHandler } from "../../../kube/informer/informer.ts";
import type { WatchedInformer } from "../informers.ts";

/** An informer whose objects a test sets. */
export class FakeInformer<T extends KubeObject, I extends string = never> implements WatchedInformer<T, I> {
  readonly lister: Indexer<T, I>;
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #relistHandlers = new Set<RelistHandler>();

  constructor(indexes: Readonly<Record<I, IndexFunc<T>>>) {
    this.lister = new Indexer(indexes);
  }

  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  onRelist(handler: RelistHandler): void {
    this.#relistHandlers.add(handler);
  }

  /** Stores an object, as a watch that reports it. */
  set(object: T): void {
    this.#publish(this.lister.set(object));
  }

  delete(key: string): void {
    this.#publish(this.lister.delete(key));
  }

  /** Calls the handlers of a relist that found the same objects. */
  relist(namespace?: string): void {
    for (const handler of this.#relistHandlers) handler(namespace);
  }

  #publish(change: ObjectChange<T> | undefined): void {
    if (change === undefined) return;
    for (const handler of this.#handlers) handler(change.next, change.previous);
  }
}
