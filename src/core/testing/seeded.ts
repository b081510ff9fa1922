/**
 * The seed of this run: PKGSERVER_SEED, else `usual`, else a new one. Callers must print it, so that a run can be
 * repeated.
 */
export function readSeed(usual = Date.now() & 0x7fff_ffff): number {
  const text = process.env.PKGSERVER_SEED ?? "";
  return text === "" ? usual : Number(text);
}

/**
 * The number of runs of a property, and their seed. The environment variable `variable` sets the number (a soak has
 * more), `PKGSERVER_SEED` the seed that a failure has printed; otherwise the seed is a new one each time.
 */
export function seeded(
  numRuns: number,
  variable = "PKGSERVER_FUZZ",
): { readonly numRuns: number; readonly seed: number } {
  const runs = process.env[variable];
  return { numRuns: runs === undefined ? numRuns : Number(runs), seed: readSeed() };
}
