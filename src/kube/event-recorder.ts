import { randomBytes } from "node:crypto";
import type { KubeObject, ObjectKey } from "../api/meta.ts";
import { events, type KubeEvent } from "../api/resources.ts";
import type { ResourcesClient } from "../core/ports/resources-client.ts";
import { FlowQueues, UNLIMITED_SEATS } from "../event-loop/flow-queues.ts";
import { isNamespaceTerminating, isNotFound } from "./client/errors.ts";
import { type Clock, microTime, systemClock } from "./clock.ts";
import { cutToBytes } from "./cut-to-bytes.ts";
import { type Series, SeriesCache } from "./event-series.ts";

export interface EventDetails {
  readonly type: "Normal" | "Warning";
  /** Why, in CamelCase. */
  readonly reason: string;
  /** The operation, in CamelCase. */
  readonly action: string;
  /** For the user; cut at 1024 bytes. */
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly client: Pick<ResourcesClient, "create" | "patch">;
  /** E.g. `pkgserver.dev/operator`. */
  readonly reportingController: string;
  /** The instance of the controller, e.g. the name of the Pod. */
  readonly reportingInstance: string;
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
}

/** Of one namespace. */
const MAX_PENDING = 1000;
/** The limit of events.k8s.io/v1. */
const MAX_NOTE_BYTES = 1024;
/** Leaves room for the suffix in the 253 characters of a name. */
const MAX_NAME_PREFIX = 230;

/**
 * Writes Events about objects, which `kubectl events` shows. Best effort: `record` returns at once and never throws,
 * and with 1,000 pending writes of a namespace further events of it are dropped. Namespaces take turns. A repeat of an
 * event within ten minutes is counted; the count is written when it reaches a power of two, so that n repeats cost at
 * most log₂ n writes.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #series = new SeriesCache();
  /** By namespace. */
  readonly #waiting = new FlowQueues<() => Promise<void>, true>();
  readonly #pending = new Map<string, number>();
  #writing: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** @param object as read from the API server: with kind, name, namespace and uid */
  record(object: KubeObject, given: EventDetails): void {
    // Cut before it is remembered: a message may name thousands of files or revisions.
    const details = { ...given, note: cutToBytes(given.note, MAX_NOTE_BYTES) };
    const id = JSON.stringify([object.metadata.uid, details.type, details.reason, details.action, details.note]);
    const now = this.#clock.now();
    const series = this.#series.find(id, now);
    if (series === undefined) {
      const key = { namespace: object.metadata.namespace ?? "default", name: eventName(object.metadata.name ?? "") };
      this.#series.set(id, { key, count: 1, lastSeen: now, writePending: false });
      const event = this.#describe(object, details, key);
      this.#enqueue(key.namespace, async () => void (await this.#options.client.create(events, event)));
      return;
    }
    series.count += 1;
    series.lastSeen = now;
    this.#series.set(id, series);
    if (series.writePending || !isPowerOfTwo(series.count)) return;
    series.writePending = this.#enqueue(series.key.namespace, () => this.#writeCount(id, series));
  }

  /** Resolves when all events recorded so far have been written or have failed. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** False if the event is dropped. */
  #enqueue(namespace = "", write: () => Promise<void>): boolean {
    const pending = this.#pending.get(namespace) ?? 0;
    if (pending >= MAX_PENDING) return false;
    this.#pending.set(namespace, pending + 1);
    this.#waiting.add(namespace, write, true);
    this.#writing ??= this.#writeAll();
    return true;
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#waiting.takeNext(UNLIMITED_SEATS); next; next = this.#waiting.takeNext(UNLIMITED_SEATS)) {
      await next.key().catch((error: unknown) => this.#reportError(error));
      const left = (this.#pending.get(next.flow) ?? 1) - 1;
      if (left > 0) this.#pending.set(next.flow, left);
      else this.#pending.delete(next.flow);
    }
    this.#writing = undefined;
  }

  /** An Event that its namespace takes with it is no loss. */
  #reportError(error: unknown): void {
    if (!isNotFound(error) && !isNamespaceTerminating(error)) this.#options.onError?.(error);
  }

  async #writeCount(id: string, current: Series): Promise<void> {
    current.writePending = false;
    const series = { count: current.count, lastObservedTime: microTime(this.#clock.date()) };
    try {
      await this.#options.client.patch(events, current.key, { kind: "merge", body: { series } });
    } catch (error) {
      // The API server has deleted the Event (after an hour by default): the next repeat creates another one.
      if (isNotFound(error)) this.#series.delete(id);
      else throw error;
    }
  }

  #describe(object: KubeObject, details: EventDetails, key: ObjectKey): KubeEvent {
    const { reportingController, reportingInstance } = this.#options;
    const { namespace, name, uid, resourceVersion } = object.metadata;
    return {
      metadata: key,
      ...details,
      eventTime: microTime(this.#clock.date()),
      reportingController,
      reportingInstance,
      regarding: { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid, resourceVersion },
    };
  }
}

/** A unique name that is valid however long the name of the object is. */
function eventName(objectName: string): string {
  const suffix = randomBytes(8).toString("hex");
  return `${objectName.slice(0, MAX_NAME_PREFIX).replace(/[^a-z0-9]+$/, "")}.${suffix}`;
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}
