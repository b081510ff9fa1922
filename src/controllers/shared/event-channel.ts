export type EventHandler<E> = (event: E) => void;

/** A component reports changes here that may require a reconcile. */
export interface EventSink<E> {
  readonly emit: (event: E) => void;
}

/**
 * Events that no watch of the API server reports, such as a fetch that found new refs. A controller's `watches.ts`
 * subscribes to a channel as it does to an informer. Handlers run at once, in the order in which they subscribed.
 */
export class EventChannel<E> implements EventSink<E> {
  readonly #handlers = new Set<EventHandler<E>>();
  readonly #onError: (error: unknown) => void;

  /** @param onError receives errors of handlers; the other handlers are called all the same */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Returns a function that ends the subscription. */
  subscribe(handler: EventHandler<E>): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  emit(event: E): void {
    for (const handler of this.#handlers) {
      try {
        handler(event);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
