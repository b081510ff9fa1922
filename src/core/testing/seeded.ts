/**
 * How often a property is tried, and from which seed: `variable` of the environment is how often (a soak has more),
 * `PKGSERVER_SEED` repeats what a failure has printed. A seed of its own each time, otherwise.
 */
export function seeded(
  numRuns: number,
  variable = "PKGSERVER_FUZZ",
): { readonly numRuns: number; readonly seed: number } {
  const { [variable]: runs, PKGSERVER_SEED } = process.env;
  return {
    numRuns: runs === undefined ? numRuns : Number(runs),
    seed: PKGSERVER_SEED === undefined ? Date.now() & 0x7fff_ffff : Number(PKGSERVER_SEED),
  };
}
