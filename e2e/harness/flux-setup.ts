import { resolveFlux } from "./binaries.ts";

/** Builds Flux before a test runs if it is not in the cache: some minutes, once, more than a test may take. */
export async function setup(): Promise<void> {
  await resolveFlux();
}
