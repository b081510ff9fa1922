/** How long one step took until the ref was on the remote, and until it was acknowledged in status; milliseconds. */
export interface Timing {
  /** On `clock`. */
  readonly began: number;
  readonly toRef: number;
  readonly toStatus: number;
}

/**
 * The steps of packages from a blueprint to a tag, each for several packages at the same time: begun together, over
 * when the last one is. Done by the operator, and by the floor.
 */
export interface Journey {
  /** A draft that is a clone of the blueprint: its branch; status draft. */
  create(packages: readonly string[]): Promise<Timing>;
  /** One file changes: the branch moves; the contents' observedGeneration follows. */
  edit(packages: readonly string[]): Promise<Timing>;
  /** The branch moves to what was frozen; status proposed. */
  propose(packages: readonly string[]): Promise<Timing>;
  /** A tag; status published. `whenAsked`: awaited when the API server has taken all users' requests. */
  approve(packages: readonly string[], whenAsked?: () => Promise<void>): Promise<Timing>;
}

export const STEPS = ["create", "edit", "propose", "approve"] as const satisfies readonly (keyof Journey)[];

/** All four steps, one after another. */
export async function travel(journey: Journey, packages: readonly string[]): Promise<void> {
  for (const step of STEPS) await journey[step](packages);
}
