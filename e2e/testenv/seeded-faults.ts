import type { Fault, Purpose } from "./faulty-proxy.ts";
import { createRandom } from "./random.ts";

/** Faults that affect one request: the next one may succeed. */
export const TRANSIENT_FAULTS = ["status", "cut", "truncated", "lost"] as const satisfies readonly Fault[];

/**
 * Chooses by the seed which requests fail, at `rate` (0 to 1). Failures take all faults in turn. Pushes have their own
 * sequence: there are few of them, as few as the operator can put together. Of these every second one fails until each
 * fault was there once.
 */
export function drawFaults(seed: number, rate: number): (purpose: Purpose) => Fault | undefined {
  const sequences = {
    push: { random: createRandom(seed, "push"), failed: 0 },
    other: { random: createRandom(seed, "other"), failed: 0 },
  };
  let pushes = 0;
  return (purpose) => {
    const sequence = sequences[purpose === "push" ? "push" : "other"];
    const isDue = purpose === "push" && pushes++ % 2 === 0 && sequence.failed < TRANSIENT_FAULTS.length;
    const fails = sequence.random.chance(rate) || isDue;
    return fails ? TRANSIENT_FAULTS[sequence.failed++ % TRANSIENT_FAULTS.length] : undefined;
  };
}
