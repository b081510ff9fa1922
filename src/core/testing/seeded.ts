/**
 * How often a property is tried, and from which seed: `PKGSERVER_FUZZ` is how often (a soak has more), `PKGSERVER_SEED` repeats what
 * a failure has printed. A seed of its own each time, otherwise.
 */
export function seeded(numRuns: number): { readonly numRuns: number; readonly seed: number } {
  const { PKGSERVER_FUZZ, PKGSERVER_SEED } = process.env;
  return {
    numRuns: PKGSERVER_FUZZ === undefined ? numRuns : Number(PKGSERVER_FUZZ),
    seed: PKGSERVER_SEED === undefined ? Date.now() & 0x7fff_ffff : Number(PKGSERVER_SEED),
  };
}
