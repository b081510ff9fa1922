import { createHash } from "node:crypto";

/** The same choices again for the same seed and name. */
export interface Random {
  /** 0 to below `limit`. */
  int(limit: number): number;
  pick<T>(all: readonly T[]): T;
  chance(probability: number): boolean;
}

/** Choices for one purpose, independent of how often others choose. */
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
