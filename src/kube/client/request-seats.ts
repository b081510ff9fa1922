import { FairSemaphore } from "../../event-loop/fair-semaphore.ts";

/**
 * The right to use a connection, shared among namespaces: the thousand writes of one, whose requests wait for each
 * other and for the API server, leave connections to the next request of another.
 */
export class RequestSeats {
  readonly #seats: FairSemaphore;

  constructor(connections: number) {
    this.#seats = new FairSemaphore(connections, { shared: true });
  }

  /** Waits for a seat, and keeps it until `work` ends. Throws what it throws, or the signal's reason. */
  async run<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const namespace = namespaceOf(path);
    await this.#take(namespace, signal);
    try {
      return await work();
    } finally {
      this.#seats.release(namespace);
    }
  }

  async #take(namespace: string, signal: AbortSignal): Promise<void> {
    const seated = this.#seats.acquire(namespace);
    if (seated === undefined) return;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    try {
      await Promise.race([seated, aborted]);
    } catch (error) {
      // It is seated later, and nothing uses the seat.
      void seated.then(() => this.#seats.release(namespace));
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}

/** Empty for objects of the cluster. */
function namespaceOf(path: string): string {
  return /\/namespaces\/([^/]+)/.exec(path)?.[1] ?? "";
}
