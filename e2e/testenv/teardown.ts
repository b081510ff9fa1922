import { dirname, join } from "node:path";
import { isRunning } from "../harness/processes.ts";
import { InvariantError } from "../invariants/check.ts";
import { checkInvariants } from "../invariants/check-testenv.ts";
import type { Ledger } from "../invariants/ledger.ts";
import { findLeftovers } from "../invariants/leftovers.ts";
import type { Invariant } from "../invariants/observation.ts";
import type { ArgumentWatch } from "../leaks/arguments.ts";
import { findLeaksInFiles, findLeaksInSystem, LeakError } from "../leaks/check-leaks.ts";
import { commitsOnMain } from "./external-push.ts";
import type { TestEnv } from "./testenv.ts";

export interface EndOptions {
  /** What only the test knows of what was acknowledged to others. */
  readonly ledger?: Partial<Ledger>;
  /**
   * Why the invariants cannot hold here, for example because somebody forged what looks like ours: then they are not judged.
   * Secrets are looked for all the same.
   */
  readonly skipInvariants?: string;
  /** What the test itself has broken, and why that is no fault of the operator's: these are not judged. */
  readonly exceptions?: readonly { readonly invariant: Invariant; readonly why: string }[];
  /** How long things may take to settle, in milliseconds; 30,000 unless told. */
  readonly settleMs?: number;
}

/**
 * What holds at the end of every world: the invariants, nothing left behind by an operator that ends in order, and no secret where
 * none should be. Stops the operator. Throws an `InvariantError` or a `LeakError`.
 */
export async function verifyAndStop(
  env: TestEnv,
  {
    ledger,
    skipInvariants,
    exceptions = [],
    settleMs = 30_000,
    secrets,
    watch,
  }: EndOptions & { readonly secrets: readonly string[]; readonly watch: ArgumentWatch },
): Promise<void> {
  // A test that has failed half-way may have left no operator: that is told by the test itself.
  const runs = isRunning(env.operator.ref);
  if (runs && skipInvariants === undefined) {
    const known = { ...recordedInEnv(env), ...ledger };
    await checkInvariants(env, known, { settleMs, except: new Set(exceptions.map(({ invariant }) => invariant)) });
  }
  const leaks = [...(runs ? await findLeaksInSystem(env, secrets, watch) : [])];
  await env.operator.stop();
  leaks.push(...(await findLeaksInFiles(env, secrets)));
  if (leaks.length > 0) throw new LeakError(leaks);
  // One that was killed, or ended late, leaves its folder to the next one.
  const leftovers = runs ? await findLeftovers(join(dirname(env.operator.logFile), "operator-data")) : [];
  if (skipInvariants === undefined && leftovers.length > 0) {
    throw new InvariantError(leftovers.map((one) => ({ invariant: 7, ...one })));
  }
}

/** What was acknowledged here while the test went on. Repositories have the names that the git server has for them. */
function recordedInEnv({ namespace, ledger, git }: TestEnv): Partial<Ledger> {
  const commits = commitsOnMain(git).map(({ repository, commit }) => ({
    repository: `${namespace}/${repository}`,
    commit,
  }));
  return { ...ledger.read(), commits };
}
