/** The seed of this run: PKGSERVER_SEED, else `usual`, or one of its own. Whoever uses it tells it, so that a run can be repeated. */
export function readSeed(usual = Date.now() & 0x7fff_ffff): number {
  const text = process.env.PKGSERVER_SEED ?? "";
  return text === "" ? usual : Number(text);
}

/**
 * How often a property is tried, and from which seed: `variable` of the environment is how often (a soak has more),
 * `PKGSERVER_SEED` repeats what a failure has printed. A seed of its own each time, otherwise.
 */
export function seeded(
  numRuns: number,
  variable = "PKGSERVER_FUZZ",
): { readonly numRuns: number; readonly seed: number } {
  const runs = process.env[variable];
  return { numRuns: runs === undefined ? numRuns : Number(runs), seed: readSeed() };
}
