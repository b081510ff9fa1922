import { defineConfig } from "vitest/config";
import { LongFilesFirst } from "./e2e/harness/long-files-first.ts";
import { SummaryReporter } from "./e2e/harness/summary-reporter.ts";
import { chooseTempDir } from "./e2e/harness/temp-dir.ts";

/** Tests on real servers wait for conditions: the limit ends only a test that hangs. */
const LIMIT_MS = 120_000;
/** `make soak` sets a longer limit. */
const FAULTS_LIMIT_MS = Number(process.env.PKGSERVER_TEST_LIMIT_MS ?? 5 * LIMIT_MS);
const env = { TMPDIR: chooseTempDir() };
/** Modules are imported as Node imports them. */
const deps = { interopDefault: false };

export default defineConfig({
  test: {
    // Tests on real servers mostly wait: more workers than cores.
    maxWorkers: 4,
    sequence: { sequencer: LongFilesFirst },
    reporters: ["default", new SummaryReporter()],
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "e2e/**/*.test.ts"],
          exclude: ["**/*.{integration,e2e}.test.ts", "**/node_modules/**"],
          // Loading a module graph for each file took longer than these tests.
          isolate: false,
          env,
          deps,
          testTimeout: LIMIT_MS,
          hookTimeout: LIMIT_MS,
        },
      },
      {
        test: {
          name: "api",
          include: ["src/**/*.integration.test.ts", "e2e/**/*.e2e.test.ts"],
          exclude: ["e2e/{faults,gitops}/**", "**/node_modules/**"],
          // A new worker for each file took half a second of CPU time.
          isolate: false,
          env,
          deps,
          globalSetup: ["e2e/harness/global-setup.ts"],
          testTimeout: LIMIT_MS,
          hookTimeout: LIMIT_MS,
        },
      },
      {
        test: {
          name: "gitops",
          include: ["e2e/gitops/**/*.e2e.test.ts"],
          env,
          deps,
          globalSetup: ["e2e/harness/flux-setup.ts", "e2e/harness/global-setup.ts"],
          testTimeout: 2 * LIMIT_MS,
          hookTimeout: 2 * LIMIT_MS,
        },
      },
      {
        test: {
          name: "faults",
          include: ["e2e/faults/**/*.e2e.test.ts"],
          deps,
          globalSetup: ["e2e/harness/global-setup.ts"],
          testTimeout: FAULTS_LIMIT_MS,
          hookTimeout: FAULTS_LIMIT_MS,
        },
      },
    ],
  },
});
