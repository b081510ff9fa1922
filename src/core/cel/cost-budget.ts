import { CelError } from "./cel-error.ts";

/**
 * The work that evaluations may do together: one unit for each step and each value or 16 characters that an operation
 * reads or makes. A million units take about a tenth of a second.
 */
export class CostBudget {
  readonly #limit: number;
  #spent = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get spent(): number {
    return this.#spent;
  }

  get isExhausted(): boolean {
    return this.#spent > this.#limit;
  }

  /** Throws a CelError of kind limit if more has been spent than there was. */
  spend(units: number): void {
    this.#spent += units;
    if (this.isExhausted) throw this.error();
  }

  error(): CelError {
    return new CelError("limit", `the evaluation takes more than ${this.#limit} steps`);
  }
}
