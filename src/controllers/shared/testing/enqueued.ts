import type { Controller } from "../../../runtime/controller.ts";

type EnqueueOptions = Parameters<Controller["enqueue"]>[1];

/** A controller that records the enqueued keys: `key`, `key low` or `key low after 500 ms`. */
export class EnqueuedKeys implements Pick<Controller, "enqueue"> {
  readonly #entries: string[] = [];

  enqueue(key: string, { priority = "high", afterMs = 0 }: EnqueueOptions = {}): void {
    this.#entries.push(`${key}${priority === "low" ? " low" : ""}${afterMs > 0 ? ` after ${afterMs} ms` : ""}`);
  }

  /** The entries since the last call, sorted. */
  take(): readonly string[] {
    return this.#entries.splice(0).sort();
  }
}
