import { type ProcessCall, type ProcessResult, processPackage } from "../../../core/processing/process-package.ts";
import { FUNCTION_VERSIONS } from "../../../core/render/functions/registry.ts";
import { createLog } from "../../../runtime/log.ts";
import type { RevisionDependencies } from "../dependencies.ts";
import { PackageRuns } from "../processing/package-runs.ts";

/** The production runs with a worker in this process, which works only while `settled` waits for it. */
export class InlineRuns {
  readonly environment: RevisionDependencies["environment"] = { version: "1", functions: FUNCTION_VERSIONS };
  readonly runs: PackageRuns;
  /** Calls of the worker so far. */
  calls = 0;
  readonly #waiting: (() => void)[] = [];

  constructor() {
    this.runs = this.restarted();
  }

  /** Those of a process that has just been started. */
  restarted(): PackageRuns {
    const call = async (input: ProcessCall): Promise<ProcessResult> => {
      this.calls += 1;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return await processPackage(input);
    };
    // Nothing is done before `settled` is called.
    const maxWaitMs = 0;
    return new PackageRuns({
      worker: { call },
      log: createLog({ level: "error" }),
      channel: { emit: () => {} },
      maxWaitMs,
    });
  }

  /** Resolves when no run is under way; true if there was one. */
  async settled(): Promise<boolean> {
    let wasOne = false;
    // Runs begin and end in a few turns each.
    for (let turns = 0; turns < 20; turns++) {
      const waiting = this.#waiting.splice(0);
      wasOne ||= waiting.length > 0;
      for (const go of waiting) go();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return wasOne;
  }
}
