import { checkApprovals } from "./approvals.ts";
import { checkContents } from "./contents.ts";
import { checkConvergence } from "./convergence.ts";
import { checkEdits } from "./edits.ts";
import { EMPTY_LEDGER, type Ledger } from "./ledger.ts";
import { checkExternalCommits, checkMain } from "./main-branch.ts";
import type { Observation, Violation } from "./observation.ts";
import { checkOrphans } from "./orphans.ts";
import { checkNumbers, checkTags } from "./published.ts";
import { checkRebases } from "./rebases.ts";
import { checkRejections } from "./rejections.ts";
import { checkReleases } from "./releases.ts";
import { checkSchedule } from "./schedule.ts";
import { checkSignatures } from "./signatures.ts";
import { assembleSituation } from "./situation.ts";
import { checkUpgrades } from "./upgrades.ts";
import { checkVariants } from "./variants.ts";

/** Checks invariants 1 to 9. Invariant 10 needs another sync: see resync.ts. */
export function findViolations(observation: Observation, ledger: Partial<Ledger> = {}): readonly Violation[] {
  const situation = assembleSituation(observation);
  const known = { ...EMPTY_LEDGER, ...ledger };
  return [
    ...checkTags(situation),
    ...checkContents(situation),
    ...checkNumbers(situation, known),
    ...checkMain(situation),
    ...checkExternalCommits(situation, known),
    ...checkEdits(situation, known),
    ...checkOrphans(situation),
    ...checkApprovals(situation, known),
    ...checkReleases(situation),
    ...checkRebases(situation),
    ...checkRejections(situation),
    ...checkUpgrades(situation),
    ...checkSignatures(situation, known),
    ...checkVariants(observation.cluster),
    ...checkSchedule(observation.cluster),
    ...checkConvergence(observation.cluster),
  ];
}

/** Invariants are violated; the message contains each violation. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
  readonly violations: readonly Violation[];

  constructor(violations: readonly Violation[]) {
    super(`${violations.length} violations of invariants:\n${violations.map(describeViolation).join("\n")}`);
    this.violations = violations;
  }
}

export function describeViolation({ invariant, subject, message }: Violation): string {
  return `(${invariant}) ${subject}: ${message}`;
}
