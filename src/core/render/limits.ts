import { RenderError } from "./failure.ts";

/** What one render may use; a setting of the caller. */
export interface RenderLimits {
  /** Functions of all pipelines together. */
  readonly functions: number;
  readonly resources: number;
  /** YAML values of all resources together, and copies that functions make. */
  readonly values: number;
  /** Characters of the files that are changed. */
  readonly output: number;
  /** Results that are kept; the rest is counted. */
  readonly results: number;
  /** Objects that kform blocks make together. */
  readonly instances: number;
  /** Steps in which patterns, paths and selectors are matched; thirty millions take a second at worst. */
  readonly matching: number;
  /** Steps of the expressions of kform blocks together. */
  readonly steps: number;
}

export const DEFAULT_LIMITS: RenderLimits = {
  functions: 200,
  resources: 20_000,
  values: 2_000_000,
  output: 32 * 1024 * 1024,
  results: 200,
  instances: 2_000,
  matching: 1_000_000_000,
  steps: 10_000_000,
};

const LIMIT_TEXTS: Readonly<Record<keyof RenderLimits, string>> = {
  functions: "functions in its pipelines",
  resources: "resources",
  values: "YAML values, or copies of them",
  output: "characters in changed files",
  results: "results",
  instances: "objects of kform blocks",
  matching: "steps in which its patterns, paths and selectors are matched",
  steps: "steps of expressions",
};

export function checkLimit(limits: RenderLimits, limit: keyof RenderLimits, count: number): void {
  if (count <= limits[limit]) return;
  const message = `the package has more than ${limits[limit]} ${LIMIT_TEXTS[limit]}`;
  throw new RenderError({ reason: "LimitExceeded", message });
}

/** Counts the steps of matching in a whole render. */
export class MatchBudget {
  readonly #limits: RenderLimits;
  #steps = 0;

  constructor(limits: RenderLimits) {
    this.#limits = limits;
  }

  /** To be called before the steps are done. Throws a RenderError if they are too many. */
  spend(steps: number): void {
    this.#steps += steps;
    checkLimit(this.#limits, "matching", this.#steps);
  }
}

/** Counts the values that a function makes, so that none fills the memory, and what it matches. */
export class Budget {
  readonly #limits: RenderLimits;
  readonly #matching: MatchBudget;
  #values = 0;

  constructor(limits: RenderLimits, matching: MatchBudget) {
    this.#limits = limits;
    this.#matching = matching;
  }

  /** A function, so that it can be handed on. */
  readonly match = (steps: number): void => this.#matching.spend(steps);

  /** Throws a RenderError if too much has been spent. */
  spend(values: number): void {
    this.#values += values;
    checkLimit(this.#limits, "values", this.#values);
  }
}
