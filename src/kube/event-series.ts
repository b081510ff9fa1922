import type { ObjectKey } from "../api/meta.ts";

/** Repeats of one event. */
export interface Series {
  /** The Event object that counts them. */
  readonly key: ObjectKey;
  count: number;
  /** Monotonic milliseconds. */
  lastSeen: number;
  /** A write of the count is queued. It writes the count of that time. */
  writePending: boolean;
}

/** A series ends after this time without a repeat, before the API server deletes the Event (an hour by default). */
const SERIES_MS = 10 * 60_000;
const MAX_SERIES = 4096;

/** The current series by the content of their event; the least recently used are dropped above 4,096. */
export class SeriesCache {
  readonly #series = new Map<string, Series>();

  /** The series of an event that has not ended yet. */
  find(id: string, now: number): Series | undefined {
    const series = this.#series.get(id);
    return series === undefined || now - series.lastSeen >= SERIES_MS ? undefined : series;
  }

  /** Stores a series as the most recently used one. */
  set(id: string, series: Series): void {
    this.#series.delete(id);
    this.#series.set(id, series);
    if (this.#series.size <= MAX_SERIES) return;
    const [oldest] = this.#series.keys();
    if (oldest !== undefined) this.#series.delete(oldest);
  }

  delete(id: string): void {
    this.#series.delete(id);
  }
}
