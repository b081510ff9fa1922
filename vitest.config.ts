import { defineConfig } from "vitest/config";

/** What waits on a real API server or Git server waits on conditions, so the limit only ends what hangs. */
const limit = 120_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "e2e/**/*.test.ts"],
          exclude: ["**/*.api.test.ts", "**/node_modules/**"],
          testTimeout: limit,
          hookTimeout: limit,
        },
      },
      {
        test: {
          name: "api",
          include: ["src/**/*.api.test.ts", "e2e/**/*.api.test.ts"],
          globalSetup: ["e2e/harness/global-setup.ts"],
          testTimeout: limit,
          hookTimeout: limit,
        },
      },
    ],
  },
});
