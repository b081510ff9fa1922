import { dirname, join } from "node:path";
import { isRunning } from "../harness/processes.ts";
import { InvariantError } from "../invariants/check.ts";
import { checkInvariants } from "../invariants/check-testenv.ts";
import { CoverageError, describeCoverage } from "../invariants/coverage.ts";
import type { Ledger } from "../invariants/ledger.ts";
import { findLeftovers } from "../invariants/leftovers.ts";
import type { ArgumentWatch } from "../leaks/arguments.ts";
import { findLeaksInFiles, findLeaksInSystem, LeakError } from "../leaks/check-leaks.ts";
import type { EndOptions, TestEnv } from "./env.ts";
import { commitsOnMain } from "./external-push.ts";

/**
 * Checks what must hold at the end of every environment: the invariants, no files or processes left behind by the
 * operator, and no secret outside of Secrets. Stops the operator, and prints how much was checked. Throws an
 * `InvariantError`, a `CoverageError` or a `LeakError`; an Error if the operator does not run and the options do not
 * say why.
 */
export async function verifyAndStop(
  env: TestEnv,
  {
    ledger,
    skipInvariants,
    exceptions = [],
    settleMs = 30_000,
    allSkipped,
    secrets,
    watch,
  }: EndOptions & { readonly secrets: readonly string[]; readonly watch: ArgumentWatch },
): Promise<void> {
  const runs = isRunning(env.operator.ref);
  if (skipInvariants === undefined) {
    if (!runs) {
      throw new CoverageError(`the operator does not run: no invariant was checked\n${env.operator.logTail()}`);
    }
    const except = new Set(exceptions.map(({ invariant }) => invariant));
    const options = { settleMs, except, ...(allSkipped !== undefined && { allSkipped }) };
    const coverage = await checkInvariants(env, { ...recordedInEnv(env), ...ledger }, options);
    process.stdout.write(`${env.namespace}: ${describeCoverage(coverage)}\n`);
  }
  const leaks = [...(runs ? await findLeaksInSystem(env, secrets, watch) : [])];
  await env.operator.stop();
  leaks.push(...(await findLeaksInFiles(env, secrets)));
  if (leaks.length > 0) throw new LeakError(leaks);
  // An operator that was killed leaves its folder to the next one.
  const leftovers = runs ? await findLeftovers(join(dirname(env.operator.logFile), "operator-data")) : [];
  if (skipInvariants === undefined && leftovers.length > 0) {
    throw new InvariantError(leftovers.map((one) => ({ invariant: 7, ...one })));
  }
}

/** Changes that the helpers of the environment have recorded. Repositories must be named as on the git server. */
function recordedInEnv({ namespace, ledger, git }: TestEnv): Partial<Ledger> {
  const commits = commitsOnMain(git).map(({ repository, commit }) => ({
    repository: `${namespace}/${repository}`,
    commit,
  }));
  return { ...ledger.read(), commits };
}
