import { test as base } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { createApiClient } from "./api-client.ts";
import type { EndOptions } from "./env.ts";
import { createPackages, type Packages } from "./packages.ts";
import { startTestEnv, type TestEnv, type TestEnvOptions } from "./testenv.ts";

export interface EnvOptions extends TestEnvOptions {
  /** First part of the namespace's name. */
  readonly prefix: string;
  /** How the environment ends; a function is called when all tests of the file have run. */
  readonly end?: EndOptions | ((env: TestEnv) => EndOptions);
}

/** The fixtures of every test, for helper functions. */
export interface Fixtures {
  readonly env: TestEnv;
  readonly packages: Packages;
}

/** More than all checks of an end may take together: cuts off only an end that hangs. */
const END_LIMIT_MS = 600_000;
/** For objects whose deletion a test does not wait for. */
const TERMINATION_LIMIT_MS = 20_000;

/**
 * Fixtures of a test file: one environment, started for the first test or hook that uses it. `env.end` runs after the
 * last test of the file, and fails the file if an invariant is broken or a secret has leaked.
 *
 * A server that the environment needs, and that outlives it, is a fixture on which `envOptions` depends:
 *
 *     const it = test
 *       .extend("proxy", { scope: "file" }, startProxy)
 *       .extend("envOptions", { scope: "file" }, async ({ proxy }) => ({ prefix: "slow", operator: use(proxy) }));
 *
 * Set-up common to all tests goes into a fixture, or into `it.beforeAll(async ({ env }) => …)`. Do not clean up in
 * `afterAll`: it runs before the fixtures end, and if it throws they do not end at all.
 */
export const test = base
  .extend("envOptions", { scope: "file" }, async (): Promise<EnvOptions> => ({ prefix: "test" }))
  .extend("env", { scope: "file" }, async ({ envOptions }, { onCleanup }) => await startFor(envOptions, onCleanup))
  .extend("requestAs", { scope: "file" }, async ({ env }) => await createApiClient(env.controlPlane))
  .extend("packages", { scope: "file" }, async ({ env }, { onCleanup }): Promise<Packages> => {
    const packages = await createPackages(env);
    onCleanup(async () => {
      await waitUntil("no object is left terminating", async () => await packages.listTerminating(), {
        until: (names) => names.length === 0,
        timeoutMs: TERMINATION_LIMIT_MS,
      });
    });
    return packages;
  });

/** `test` with these options of the environment. */
export function testWithEnv(prefix: string, options: Omit<EnvOptions, "prefix"> = {}): typeof test {
  return test.extend("envOptions", { scope: "file" }, async (): Promise<EnvOptions> => ({ prefix, ...options }));
}

const isolatedTest = base
  .extend("envOptions", { scope: "file" }, async (): Promise<EnvOptions> => ({ prefix: "test" }))
  .extend("env", async ({ envOptions }, { onCleanup }) => await startFor(envOptions, onCleanup))
  .extend("packages", async ({ env }): Promise<Packages> => await createPackages(env));

/** As `testWithEnv`, with an environment for each test: for tests that stop or break its operator. */
export function testWithIsolatedEnv(prefix: string, options: Omit<EnvOptions, "prefix"> = {}): typeof isolatedTest {
  return isolatedTest.extend(
    "envOptions",
    { scope: "file" },
    async (): Promise<EnvOptions> => ({ prefix, ...options }),
  );
}

async function startFor(
  { prefix, end = {}, ...options }: EnvOptions,
  onCleanup: (cleanup: () => Promise<void>) => void,
): Promise<TestEnv> {
  const env = await startTestEnv(prefix, options);
  onCleanup(async () => await withLimit(env.end(typeof end === "function" ? end(env) : end)));
  return env;
}

async function withLimit(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const hangs = new Error(`the environment has not ended within ${END_LIMIT_MS} ms`);
  const timer = setTimeout(() => reject(hangs), END_LIMIT_MS);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
