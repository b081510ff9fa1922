import type { RevisionDependencies } from "../dependencies.ts";
import type { PackageRuns } from "../processing/package-runs.ts";
import { InlineRuns } from "./inline-runs.ts";

/** Runs of an operator that may end: what it knew of packages is lost then. */
export class LostRuns {
  readonly #inline = new InlineRuns();
  #current: PackageRuns = this.#inline.runs;

  readonly environment: RevisionDependencies["environment"] = this.#inline.environment;
  readonly runs: RevisionDependencies["runs"] = {
    result: (...parameters) => this.#current.result(...parameters),
    start: (...parameters) => this.#current.start(...parameters),
    wait: (...parameters) => this.#current.wait(...parameters),
    adopt: (...parameters) => this.#current.adopt(...parameters),
    forget: (...parameters) => this.#current.forget(...parameters),
  };

  restart(): void {
    this.#current = this.#inline.restarted();
  }

  /** Resolves when no run is under way; true if there was one. */
  async settled(): Promise<boolean> {
    return await this.#inline.settled();
  }
}
