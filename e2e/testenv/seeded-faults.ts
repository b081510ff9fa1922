import type { Fault, Purpose } from "./faulty-proxy.ts";
import { createRandom } from "./random.ts";

/** The faults that a remote may have and be well again with the next request. */
export const TRANSIENT_FAULTS = ["status", "cut", "truncated", "lost"] as const satisfies readonly Fault[];

/**
 * Which of the requests fail, by the seed, at `rate` (0 to 1); what fails goes through all faults in turn. Pushes have a sequence of
 * their own, since there are few of them.
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
