import { randomBytes } from "node:crypto";
import type { KubeObject, ObjectKey, Resource } from "../api/meta.ts";
import type { KubeClient } from "./client/client.ts";
import { isNotFound } from "./client/errors.ts";
import { type Clock, microTime, systemClock } from "./clock.ts";

interface KubeEvent extends KubeObject {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly eventTime: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly regarding: object;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

const events: Resource<KubeEvent> = {
  group: "events.k8s.io",
  version: "v1",
  plural: "events",
  kind: "Event",
  namespaced: true,
};

export interface EventDetails {
  readonly type: "Normal" | "Warning";
  /** CamelCase, why. */
  readonly reason: string;
  /** CamelCase, what was being done. */
  readonly action: string;
  /** For people; cut at 1024 bytes. */
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** E.g. `pkgserver.dev/operator`. */
  readonly reportingController: string;
  /** Which instance, e.g. the Pod's name. */
  readonly reportingInstance: string;
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
}

interface Series {
  readonly key: ObjectKey;
  count: number;
  lastSeen: number;
  /** A write of the count waits already, and will take the count as it is then. */
  waits: boolean;
}

const seriesMs = 10 * 60_000;
const maxSeries = 4096;
const maxWaiting = 1000;
const maxNoteBytes = 1024;

/**
 * Tells people what happened to an object, as `kubectl events` shows it. Best effort: `record` returns at once and never throws;
 * with 1,000 waiting, further events are dropped. What happens again to the same object within ten minutes becomes a count, which
 * is written when it reaches a power of two: n repeats cost at most log₂ n writes.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** @param object as read from the API server: with kind, name, namespace and uid */
  record(object: KubeObject, details: EventDetails): void {
    const id = JSON.stringify([object.metadata.uid, details.type, details.reason, details.action, details.note]);
    const now = this.#clock.now();
    const known = this.#series.get(id);
    this.#series.delete(id);
    if (known === undefined || now - known.lastSeen >= seriesMs) {
      const key = { namespace: object.metadata.namespace ?? "default", name: eventName(object.metadata.name ?? "") };
      this.#remember(id, { key, count: 1, lastSeen: now, waits: false });
      const event = this.#describe(object, details, key);
      this.#enqueue(async () => void (await this.#options.client.create(events, event)));
      return;
    }
    known.count += 1;
    known.lastSeen = now;
    this.#remember(id, known);
    if (known.waits || !isPowerOfTwo(known.count)) return;
    known.waits = this.#enqueue(() => this.#writeCount(id, known));
  }

  /** Resolves when all that was recorded until now is written or given up. */
  async flush(): Promise<void> {
    await this.#tail;
  }

  #remember(id: string, series: Series): void {
    this.#series.set(id, series);
    if (this.#series.size <= maxSeries) return;
    const [oldest] = this.#series.keys();
    if (oldest !== undefined) this.#series.delete(oldest);
  }

  #enqueue(write: () => Promise<void>): boolean {
    if (this.#waiting >= maxWaiting) return false;
    this.#waiting += 1;
    this.#tail = this.#tail
      .then(write)
      .catch((error: unknown) => this.#options.onError?.(error))
      .finally(() => {
        this.#waiting -= 1;
      });
    return true;
  }

  async #writeCount(id: string, known: Series): Promise<void> {
    known.waits = false;
    const series = { count: known.count, lastObservedTime: microTime(this.#clock.date()) };
    try {
      await this.#options.client.patch(events, known.key, { kind: "merge", body: { series } });
    } catch (error) {
      // The API server lets events go after an hour: the next one begins anew.
      if (isNotFound(error)) this.#series.delete(id);
      else throw error;
    }
  }

  #describe(object: KubeObject, happening: EventDetails, key: ObjectKey): KubeEvent {
    const { reportingController, reportingInstance } = this.#options;
    const { namespace, name, uid, resourceVersion } = object.metadata;
    return {
      metadata: key,
      ...happening,
      note: cutToBytes(happening.note, maxNoteBytes),
      eventTime: microTime(this.#clock.date()),
      reportingController,
      reportingInstance,
      regarding: { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid, resourceVersion },
    };
  }
}

/** Unique, and a legal name however long the object's is. */
function eventName(objectName: string): string {
  return `${objectName.slice(0, 230)}.${randomBytes(8).toString("hex")}`.replace(/[^a-z0-9]+\.([0-9a-f]{16})$/, ".$1");
}

/** Cuts a text so that its UTF-8 fits, never within a character. */
export function cutToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const ellipsis = "…";
  let end = maxBytes - Buffer.byteLength(ellipsis);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end) + ellipsis;
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}
