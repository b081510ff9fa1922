import type { Fault, Purpose } from "./faulty-proxy.ts";
import { createRandom } from "./random.ts";

/** Faults that affect one request: the next one may succeed. */
export const TRANSIENT_FAULTS = ["status", "cut", "truncated", "lost"] as const satisfies readonly Fault[];

/**
 * Chooses by the seed which requests fail, at `rate` (0 to 1). Failures take all faults in turn. Pushes have their own
 * sequence, since there are few of them.
 */
export function drawFaults(seed: number, rate: number): (purpose: Purpose) => Fault | undefined {
  const sequences = {
    push: { random: createRandom(seed, "push"), failed: 0 },
    other: { random: createRandom(seed, "other"), failed: 0 },
  };
  return (purpose) => {
    const sequence = sequences[purpose === "push" ? "push" : "other"];
    return sequence.random.chance(rate) ? TRANSIENT_FAULTS[sequence.failed++ % TRANSIENT_FAULTS.length] : undefined;
  };
}
