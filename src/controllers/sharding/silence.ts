import type { Clock } from "../../kube/clock.ts";

/**
 * Measures on this replica's own clock how long the values of others have not changed, as client-go's elector does: the
 * clocks of two machines are never compared.
 */
export class SilenceTimer {
  readonly #clock: Clock;
  readonly #observed = new Map<string, { readonly value: string; readonly since: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since this value of `id` was first observed. */
  silentForMs(id: string, value: string): number {
    const now = this.#clock.now();
    const observed = this.#observed.get(id);
    if (observed?.value === value) return now - observed.since;
    this.#observed.set(id, { value, since: now });
    return 0;
  }

  /** Forgets all others than these. */
  retain(ids: ReadonlySet<string>): void {
    for (const id of this.#observed.keys()) if (!ids.has(id)) this.#observed.delete(id);
  }
}
