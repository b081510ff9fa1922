import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { LedgerRecorder } from "../../invariants/ledger.ts";
import { readChartLimits } from "../../testenv/chart-limits.ts";
import { type EnvOptions, type Fixtures, test } from "../../testenv/fixtures.ts";
import { createNeighbour } from "../../testenv/neighbour.ts";
import { createPackages } from "../../testenv/packages.ts";
import { createTenant } from "../../testenv/tenant.ts";
import { startTestEnv } from "../../testenv/testenv.ts";

type Options = Omit<EnvOptions, "prefix" | "alsoWatch">;

/**
 * Fixtures of a file with a hostile tenant and a neighbour of it, which has the environment's own namespace. The
 * operator's heap has the limit that the chart gives it. Someone publishes at another operator, `control`, meanwhile.
 */
export function testWithNeighbour(prefix: string, { operator, ...options }: Options = {}) {
  const namespace = `hostile-${prefix}-${randomBytes(3).toString("hex")}`;
  return test
    .extend("envOptions", { scope: "file" }, async (): Promise<EnvOptions> => {
      const [program, { heap }] = [inject("operatorProgram"), await readChartLimits()];
      const nodeOptions = `${program.nodeOptions} --max-old-space-size=${heap}`;
      return {
        prefix,
        alsoWatch: [namespace],
        operator: { program: { ...program, nodeOptions }, ...operator },
        ...options,
      };
    })
    .extend("hostile", { scope: "file" }, async ({ env }) => await createTenant(env, namespace))
    .extend("control", { scope: "file" }, async ({ env: { controlPlane } }, { onCleanup }): Promise<Fixtures> => {
      const env = await startTestEnv(`control-${prefix}`, { controlPlane });
      onCleanup(async () => await env.end());
      return { env, packages: await createPackages(env) };
    })
    .extend(
      "neighbour",
      { scope: "file" },
      async ({ env, packages, control }) => await createNeighbour({ env, packages }, control),
    );
}

/** The same with a Repository of the hostile tenant, and its packages, of which nothing is expected. */
export function testWithHostilePackages(prefix: string, repository: string, options: Options) {
  return testWithNeighbour(prefix, options).extend("hostilePackages", { scope: "file" }, async ({ env, hostile }) => {
    await env.git.createRepository(repository);
    await hostile.register(repository);
    return await createPackages({ ...env, namespace: hostile.namespace, ledger: new LedgerRecorder() });
  });
}
