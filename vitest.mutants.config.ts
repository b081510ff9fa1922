import { defineConfig } from "vitest/config";

/** The tests of `make mutants`: those beside the changed code, without slow ones, which would run for each change. */
export default defineConfig({
  test: {
    include: ["src/{core,runtime}/**/*.test.ts"],
    exclude: [
      "src/core/sharding/membership.property.test.ts",
      "src/core/validation/yaml/check-yaml.property.test.ts",
      "src/core/agrees-with-git.test.ts",
    ],
    isolate: false,
    // Modules are imported as Node imports them.
    deps: { interopDefault: false },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
