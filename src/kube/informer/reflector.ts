import { type KubeObject, keyOf, type Resource } from "../../api/meta.ts";
import type { KubeClient } from "../client/client.ts";
import { ApiError, ConnectionError, isExpired } from "../client/errors.ts";
import type { ListOptions } from "../client/options.ts";
import type { Clock } from "../clock.ts";
import { isInitialEventsEnd, readWatch, type WatchEvent } from "./watch.ts";

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, "list" | "watch">;
  readonly resource: Resource<T>;
  readonly scope: Pick<ListOptions, "namespace" | "labelSelector" | "fieldSelector">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly silenceMs: number;
  readonly transform: (object: T) => T;
  /** Called with all objects: at first and after each relist. No event follows before it has resolved. */
  readonly onList: (objects: Iterable<T>) => Promise<void>;
  readonly onSet: (object: T) => void;
  readonly onDelete: (key: string, last: T) => void;
  readonly onError: (error: unknown) => void;
}

const BASE_DELAY_MS = 200;
const MAX_DELAY_MS = 10_000;
const MAX_EXPONENT = 16;
/** A watch that ends sooner counts as a failure. */
const HEALTHY_WATCH_MS = 5_000;
/**
 * Watches end after a random time from here to twice as long, so that those of many clients do not restart together.
 */
const MIN_WATCH_SECONDS = 300;

/**
 * Lists and watches one kind indefinitely. Starts with a streaming list if the server supports it, otherwise with a
 * paged list. After a disconnect it resumes from the last resource version. It lists again if the server no longer
 * knows that version, or was unavailable: it may return with an etcd restored from a backup, whose versions continue
 * below ours. A watch from a future version would receive nothing, not even bookmarks, until the restored history
 * reaches that version.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  #resourceVersion: string | undefined;
  #usesStreamingList = true;
  /** When the present watch had its list; undefined before. */
  #watchingSince: number | undefined;
  #disconnectedSince: number | undefined;
  /** The connection of the last watch was closed, and no other watch has been opened since. */
  #wasCutOff = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** For how long there has been no watch, in milliseconds; 0 while it is open. */
  get disconnectedMs(): number {
    return this.#disconnectedSince === undefined ? 0 : this.#options.clock.now() - this.#disconnectedSince;
  }

  /** Runs until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, onError } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      this.#watchingSince = undefined;
      this.#disconnectedSince ??= clock.now();
      try {
        await this.#listAndWatch(signal);
      } catch (error) {
        if (signal.aborted) return;
        // A server that has just started refuses watches until it has read its roles and objects.
        const hasRestarted = this.#wasCutOff && error instanceof ApiError;
        if (hasRestarted || isExpired(error) || wasUnavailable(error, this.#watchingSince !== undefined)) {
          this.#resourceVersion = undefined;
        }
        this.#wasCutOff ||= error instanceof ConnectionError;
        onError(error);
      }
      const watchedMs = this.#watchingSince === undefined ? 0 : clock.now() - this.#watchingSince;
      failures = watchedMs >= HEALTHY_WATCH_MS ? 0 : failures + 1;
      await clock.sleep(retryDelayMs(failures, random), signal);
    }
  }

  /** One watch, with a list before it if there is no resource version to resume from. */
  async #listAndWatch(signal: AbortSignal): Promise<void> {
    if (this.#resourceVersion === undefined && this.#usesStreamingList) {
      try {
        return await this.#watch(signal, new Map());
      } catch (error) {
        if (this.#resourceVersion !== undefined || !isStreamingRejected(error)) throw error;
        this.#usesStreamingList = false;
      }
    }
    if (this.#resourceVersion === undefined) await this.#list(signal);
    await this.#watch(signal, undefined);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, resource, scope, transform, onList } = this.#options;
    const { items, resourceVersion } = await client.list(resource, { ...scope, signal });
    await onList(items.map(transform));
    this.#resourceVersion = resourceVersion;
  }

  /** @param initial collects the objects of a streaming list; undefined to resume from the resource version */
  async #watch(signal: AbortSignal, initial: Map<string, T> | undefined): Promise<void> {
    const { client, resource, scope, silenceMs, random } = this.#options;
    const ended = new AbortController();
    const end = () => ended.abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    try {
      if (signal.aborted) return;
      const body = await client.watch(resource, {
        ...scope,
        signal: ended.signal,
        timeoutSeconds: Math.round(MIN_WATCH_SECONDS * (1 + random())),
        ...(initial === undefined ? { resourceVersion: this.#resourceVersion } : { sendInitialEvents: true }),
      });
      let collecting = initial;
      if (collecting === undefined) this.#markConnected();
      await readWatch<T>(body, silenceMs, async (event) => {
        if (collecting === undefined) this.#apply(event);
        else if (await this.#collect(event, collecting)) collecting = undefined;
      });
    } finally {
      signal.removeEventListener("abort", end);
      ended.abort();
    }
  }

  /** Collects an event of a streaming list. True at its end. */
  async #collect(event: WatchEvent<T>, initial: Map<string, T>): Promise<boolean> {
    switch (event.type) {
      case "ADDED":
      case "MODIFIED":
        initial.set(keyOf(event.object), this.#options.transform(event.object));
        return false;
      case "DELETED":
        initial.delete(keyOf(event.object));
        return false;
      case "BOOKMARK":
        if (!isInitialEventsEnd(event.object)) return false;
        await this.#options.onList(initial.values());
        this.#resourceVersion = event.object.metadata.resourceVersion;
        this.#markConnected();
        return true;
    }
  }

  #markConnected(): void {
    this.#watchingSince = this.#options.clock.now();
    this.#disconnectedSince = undefined;
    this.#wasCutOff = false;
  }

  #apply(event: WatchEvent<T>): void {
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

/** Half to all of a delay that doubles with each failure, so that clients do not return together. */
function retryDelayMs(failures: number, random: () => number): number {
  return Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** Math.min(failures, MAX_EXPONENT)) * (0.5 + random() / 2);
}

/** The WatchList feature of the server is off (the default of Kubernetes 1.33), or the resource has no watch cache. */
function isStreamingRejected(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 400 || error.code === 422);
}

/**
 * True if the server was unavailable, so that it may have been restored from a backup: no connection, one without any
 * response, or an error of the server. A watch whose connection is closed is no sign of that.
 */
function wasUnavailable(error: unknown, wasWatching: boolean): boolean {
  if (error instanceof ConnectionError) return !wasWatching || error.timedOut;
  return error instanceof ApiError && error.code >= 500;
}
