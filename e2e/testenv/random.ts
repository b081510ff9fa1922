import { createHash } from "node:crypto";

/** Pseudo-random choices that depend only on the seed and the name. */
export interface Random {
  /** An integer from 0 to below `limit`. */
  int(limit: number): number;
  pick<T>(all: readonly T[]): T;
  chance(probability: number): boolean;
}

/** Choices for one purpose: `name` makes them independent of the choices for other purposes. */
export function createRandom(seed: number, name: string): Random {
  let drawn = 0;
  const next = () => {
    const digest = createHash("sha256").update(`${seed} ${name} ${drawn++}`).digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  };
  return {
    int: (limit) => Math.floor(next() * limit),
    pick: <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)] as T,
    chance: (probability) => next() < probability,
  };
}
