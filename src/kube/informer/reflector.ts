import { type KubeObject, keyOf, type Resource } from "../../api/meta.ts";
import type { KubeClient, ListOptions } from "../client/client.ts";
import { ApiError, ConnectionError, isExpired } from "../client/errors.ts";
import type { Clock } from "../clock.ts";
import { initialEventsEnd, readWatch, type WatchEvent } from "./watch.ts";

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  readonly selection: Pick<ListOptions, "namespace" | "labelSelector" | "fieldSelector">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly silenceMs: number;
  readonly transform: (object: T) => T;
  /** Everything there is: the first time, and whenever a gap had to be closed. */
  readonly onList: (objects: Iterable<T>) => void;
  readonly onSet: (object: T) => void;
  readonly onDelete: (key: string, last: T) => void;
  readonly onError: (error: unknown) => void;
}

const baseDelayMs = 200;
const maxDelayMs = 10_000;
/** A watch that the server ends sooner than this is no sign of health. */
const healthyMs = 5_000;

/**
 * One list and watch, for ever. Begins with a streaming list where the server has them, else with pages; goes on from the last
 * resource version after a break, and from a new list where that version is gone, or may mean something else by now: a server
 * that was away may come back with an etcd restored from a backup, whose versions begin again before ours. A watch from a
 * version of the future hears nothing at all, not even a bookmark, until the new history has come as far.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  #resourceVersion: string | undefined;
  #streamingList = true;
  /** Since when this watch has been past its list; undefined before. */
  #followingSince: number | undefined;
  #cutOffSince: number | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** For how long nothing was heard of what happens, in milliseconds; 0 while a watch is open. */
  get cutOffMs(): number {
    return this.#cutOffSince === undefined ? 0 : this.#options.clock.now() - this.#cutOffSince;
  }

  /** Runs until the signal is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, onError } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      this.#followingSince = undefined;
      this.#cutOffSince ??= clock.now();
      try {
        await this.#once(signal);
      } catch (error) {
        if (signal.aborted) return;
        const following = this.#followingSince !== undefined;
        if (isExpired(error) || wasAway(error, following)) this.#resourceVersion = undefined;
        onError(error);
      }
      const followed = this.#followingSince === undefined ? 0 : clock.now() - this.#followingSince;
      failures = followed >= healthyMs ? 0 : failures + 1;
      const delay = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(failures, 16)) * (0.5 + random() / 2);
      await clock.sleep(delay, signal);
    }
  }

  /** One watch, from wherever we are to its end. */
  async #once(signal: AbortSignal): Promise<void> {
    if (this.#resourceVersion === undefined && this.#streamingList) {
      try {
        return await this.#watch(signal, new Map());
      } catch (error) {
        if (this.#resourceVersion !== undefined || !isStreamingRefused(error)) throw error;
        this.#streamingList = false;
      }
    }
    if (this.#resourceVersion === undefined) await this.#listPages(signal);
    await this.#watch(signal, undefined);
  }

  async #listPages(signal: AbortSignal): Promise<void> {
    const { client, resource, selection, transform, onList } = this.#options;
    const { items, resourceVersion } = await client.list(resource, { ...selection, signal });
    onList(items.map(transform));
    this.#resourceVersion = resourceVersion;
  }

  /** @param initial collects the objects of a streaming list until its end; undefined where we go on from a version */
  async #watch(signal: AbortSignal, initial: Map<string, T> | undefined): Promise<void> {
    const { client, resource, selection, silenceMs, random } = this.#options;
    const own = new AbortController();
    const end = () => own.abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    try {
      if (signal.aborted) return;
      const body = await client.watch(resource, {
        ...selection,
        signal: own.signal,
        // Spread out, so that the watches of many programs do not come back all at once.
        timeoutSeconds: Math.round(300 + random() * 300),
        ...(initial === undefined ? { resourceVersion: this.#resourceVersion } : { sendInitialEvents: true }),
      });
      let collecting = initial;
      if (collecting === undefined) this.#startFollowing();
      await readWatch<T>(body, silenceMs, (event) => {
        collecting = collecting === undefined ? this.#follow(event) : this.#collect(event, collecting);
      });
    } finally {
      signal.removeEventListener("abort", end);
      own.abort();
    }
  }

  #collect(event: WatchEvent<T>, initial: Map<string, T>): Map<string, T> | undefined {
    switch (event.type) {
      case "ADDED":
      case "MODIFIED":
        initial.set(keyOf(event.object), this.#options.transform(event.object));
        return initial;
      case "DELETED":
        initial.delete(keyOf(event.object));
        return initial;
      case "BOOKMARK":
        if (event.object.metadata.annotations?.[initialEventsEnd] !== "true") return initial;
        this.#options.onList(initial.values());
        this.#resourceVersion = event.object.metadata.resourceVersion;
        this.#startFollowing();
        return undefined;
    }
  }

  #startFollowing(): void {
    this.#followingSince = this.#options.clock.now();
    this.#cutOffSince = undefined;
  }

  #follow(event: WatchEvent<T>): undefined {
    const { onSet, onDelete, transform } = this.#options;
    switch (event.type) {
      case "ADDED":
      case "MODIFIED":
        onSet(transform(event.object));
        break;
      case "DELETED":
        onDelete(keyOf(event.object), transform(event.object));
        break;
      case "BOOKMARK":
        break;
    }
    this.#resourceVersion = event.object.metadata.resourceVersion;
  }
}

/** The server's WatchList feature is off, as it is by default in 1.33, or this resource has no watch cache. */
function isStreamingRefused(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 400 || error.code === 422);
}

/**
 * True where the server was not there, so that it may be another one that comes back: no connection, or none that anything came
 * through. A connection that breaks alone is no sign of that.
 */
function wasAway(error: unknown, following: boolean): boolean {
  if (error instanceof ConnectionError) return !following || error.timedOut;
  return error instanceof ApiError && error.code >= 500;
}
