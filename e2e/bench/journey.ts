/** Time of one step until its ref is on the remote and until its status is acknowledged, in milliseconds. */
export interface Timing {
  /** Time on `clock`. */
  readonly started: number;
  readonly toRef: number;
  readonly toStatus: number;
}

/**
 * Steps of packages from a blueprint to a tag. Each step handles several packages in parallel, and ends with the last
 * one. Implemented by the operator and by the floor.
 */
export interface Journey {
  /** Clones the blueprint as a draft: its branch; status draft. */
  create(packages: readonly string[]): Promise<Timing>;
  /** Changes one file: the branch moves; the contents' observedGeneration follows. */
  edit(packages: readonly string[]): Promise<Timing>;
  /** Freezes the contents: the branch moves to them; status proposed. */
  propose(packages: readonly string[]): Promise<Timing>;
  /**
   * Publishes: a tag; status published. `whenRequested` is awaited once the API server has accepted all users'
   * requests.
   */
  approve(packages: readonly string[], whenRequested?: () => Promise<void>): Promise<Timing>;
}

export const STEPS = ["create", "edit", "propose", "approve"] as const satisfies readonly (keyof Journey)[];

/** All four steps in sequence. */
export async function runJourney(journey: Journey, packages: readonly string[]): Promise<void> {
  for (const step of STEPS) await journey[step](packages);
}
