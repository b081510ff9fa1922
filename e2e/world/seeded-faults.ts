import { createHash } from "node:crypto";
import type { Fault, Purpose } from "./faulty-proxy.ts";

/** The faults that a remote may have and be well again with the next request. */
export const FLEETING = ["status", "cut", "truncated", "lost"] as const satisfies readonly Fault[];

/**
 * Which of the requests fail, by the seed, at `rate` (0 to 1); what fails goes through all faults in turn. Pushes have a sequence of
 * their own, since there are few of them.
 */
export function drawFaults(seed: number, rate: number): (purpose: Purpose) => Fault | undefined {
  const sequences = { push: { drawn: 0, failed: 0 }, other: { drawn: 0, failed: 0 } };
  return (purpose) => {
    const kind = purpose === "push" ? "push" : "other";
    const sequence = sequences[kind];
    const digest = createHash("sha256")
      .update(`${seed} ${kind} ${sequence.drawn++}`)
      .digest();
    if (digest.readUInt32BE(0) / 2 ** 32 >= rate) return undefined;
    return FLEETING[sequence.failed++ % FLEETING.length];
  };
}
