import type { Reporter, TestModule, TestRunEndReason, Vitest } from "vitest/node";

/**
 * Prints, at the end of a run, the name of every test that was skipped, which says why, the message of every failed
 * test, since a log is often read from its end, and one line for users and programs: `N passed, N failed`.
 */
export class SummaryReporter implements Reporter {
  #isFiltered = false;

  onInit(vitest: Vitest): void {
    // All others are skipped then, for no reason that is worth a line.
    this.#isFiltered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly Failure[], reason: TestRunEndReason): void {
    let passed = 0;
    const skipped: string[] = [];
    const failures = unhandled.map((error) => describe("outside of tests", [error]));
    for (const module of modules) {
      const file = module.relativeModuleId;
      // A file that cannot be loaded has no tests: it counts as one failed test.
      for (const error of module.errors()) failures.push(describe(file, [error]));
      for (const test of module.children.allTests()) {
        const { state, errors = [] } = test.result();
        if (state === "passed") passed++;
        else if (state === "failed") failures.push(describe(`${file} > ${test.fullName}`, errors));
        else skipped.push(`SKIPPED ${file} > ${test.fullName}`);
      }
    }
    // A failure outside of tests, such as in the global setup, must not look like a pass.
    if (reason !== "passed" && failures.length === 0) failures.push(describe("outside of tests", []));
    const counts = `${passed} passed, ${failures.length} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`;
    process.stdout.write(`\n${[...(this.#isFiltered ? [] : skipped), ...failures, counts].join("\n")}\n`);
  }
}

interface Failure {
  readonly message: string;
}

function describe(where: string, errors: readonly Failure[]): string {
  return [`FAILED ${where}`, ...errors.map(({ message }) => `  ${message}`)].join("\n");
}
