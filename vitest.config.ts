import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./e2e/harness/summary-reporter.ts";

/** What waits on a real API server or Git server waits on conditions, so the limit only ends what hangs. */
const limit = 120_000;
/** A soak takes its time. */
const faultsLimit = Number(process.env.PKGSERVER_TEST_LIMIT_MS ?? 5 * limit);

export default defineConfig({
  test: {
    // Tests on real servers mostly wait; more of them at once than there are cores.
    maxWorkers: 4,
    reporters: ["default", new SummaryReporter()],
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "e2e/**/*.test.ts"],
          exclude: ["**/*.{integration,e2e}.test.ts", "**/node_modules/**"],
          // What is pure needs no module graph of its own: loading one for each file took more than the tests.
          isolate: false,
          testTimeout: limit,
          hookTimeout: limit,
        },
      },
      {
        test: {
          name: "api",
          include: ["src/**/*.integration.test.ts", "e2e/**/*.e2e.test.ts"],
          exclude: ["e2e/faults/**", "**/node_modules/**"],
          globalSetup: ["e2e/harness/global-setup.ts"],
          testTimeout: limit,
          hookTimeout: limit,
        },
      },
      {
        test: {
          name: "faults",
          include: ["e2e/faults/**/*.e2e.test.ts"],
          globalSetup: ["e2e/harness/global-setup.ts"],
          testTimeout: faultsLimit,
          hookTimeout: faultsLimit,
        },
      },
    ],
  },
});
