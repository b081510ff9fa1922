import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

/** Prints one line at the end of a run, for users and programs: `N passed, N failed`. */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[], reason: TestRunEndReason): void {
    let [passed, failed, skipped] = [0, unhandled.length, 0];
    for (const module of modules) {
      // A file that cannot be loaded has no tests: it counts as one failed test.
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed++;
        else if (state === "failed") failed++;
        else skipped++;
      }
    }
    // A failure outside of tests, such as in the global setup, must not look like a pass.
    if (reason !== "passed" && failed === 0) failed = 1;
    process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
  }
}
