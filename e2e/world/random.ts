import { createHash } from "node:crypto";

/** The same choices again for the same seed and name. */
export interface Random {
  /** 0 to below `limit`. */
  int(limit: number): number;
  pick<T>(all: readonly T[]): T;
  chance(probability: number): boolean;
}

/** The seed of this run: PKGSERVER_SEED, else `usual`, or one of its own. Whoever uses it tells it, so that a run can be repeated. */
export function readSeed(usual = Date.now() % 1_000_000_007): number {
  const text = process.env.PKGSERVER_SEED ?? "";
  return text === "" ? usual : Number(text);
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
