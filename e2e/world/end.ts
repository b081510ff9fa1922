import { join } from "node:path";
import { isRunning } from "../harness/processes.ts";
import { InvariantError } from "../invariants/check.ts";
import { checkInvariants } from "../invariants/check-world.ts";
import type { Ledger } from "../invariants/ledger.ts";
import { findLeftovers } from "../invariants/leftovers.ts";
import type { ArgumentWatch } from "../leaks/arguments.ts";
import { findLeaksInFiles, findLeaksInSystem, LeakError } from "../leaks/check-leaks.ts";
import type { World } from "./world.ts";

export interface EndOptions {
  /** What only the test knows of what was acknowledged to others. */
  readonly ledger?: Partial<Ledger>;
  /**
   * Why the invariants cannot hold here, for example because somebody forged what looks like ours: then they are not judged.
   * Secrets are looked for all the same.
   */
  readonly unsound?: string;
}

/**
 * What holds at the end of every world: the invariants, nothing left behind by an operator that ends in order, and no secret where
 * none should be. Stops the operator. Throws an `InvariantError` or a `LeakError`.
 */
export async function endSoundly(
  world: World,
  {
    ledger,
    unsound,
    secrets,
    watch,
  }: EndOptions & { readonly secrets: readonly string[]; readonly watch: ArgumentWatch },
): Promise<void> {
  // A test that has failed half-way may have left no operator: that is told by the test itself.
  const runs = isRunning(world.operator.ref);
  if (runs && unsound === undefined) await checkInvariants(world, ledger);
  const leaks = [...(runs ? await findLeaksInSystem(world, secrets, watch) : [])];
  await world.operator.stop();
  leaks.push(...(await findLeaksInFiles(world, secrets)));
  if (leaks.length > 0) throw new LeakError(leaks);
  const leftovers = await findLeftovers(join(world.operatorSpec.dir, "operator-data"));
  if (unsound === undefined && leftovers.length > 0) {
    throw new InvariantError(leftovers.map((one) => ({ invariant: 7, ...one })));
  }
}
