import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { waitUntil } from "../harness/wait.ts";
import { checkChanges } from "./changes.ts";
import { findViolations } from "./check.ts";
import { checkDependencies } from "./dependencies.ts";
import type { Ledger } from "./ledger.ts";
import type { Invariant, Observation, Violation } from "./observation.ts";
import { observe, observeRepositories, observeTraces, type Subject } from "./observe.ts";
import { checkRenders } from "./renders.ts";
import { checkResync } from "./resync.ts";
import { isInStep, keyOf } from "./situation.ts";

export interface VerifyOptions {
  readonly ledger?: Partial<Ledger>;
  /** Invariants that are not checked. */
  readonly except?: ReadonlySet<Invariant>;
  /** Time for the system to converge, in milliseconds; 30,000 by default. */
  readonly settleMs?: number;
  /** Pause between two observations, in milliseconds; 100 by default. */
  readonly pollMs?: number;
  /** False: no sync is requested, and invariant 10 is not checked. */
  readonly resync?: boolean;
}

export interface VerifyResult {
  readonly violations: readonly Violation[];
  /** The last observation. */
  readonly observation: Observation;
}

/** A sync that finds work under way may be followed by another one. */
const QUIET_TRIES = 3;

/**
 * Checks all invariants. A violation counts once it has lasted for `settleMs`. Starts several git processes for each
 * remote and lists all objects, at every observation.
 */
export async function verify(subject: Subject, options: VerifyOptions = {}): Promise<VerifyResult> {
  const { ledger = {}, except = new Set(), settleMs = 30_000, pollMs = 100, resync = true } = options;
  // The operator must have seen all external pushes before they are checked.
  const unanswered = resync ? await syncAll(subject, settleMs) : [];
  const { observation, violations } = await settle(subject, { ledger, except, settleMs, pollMs });
  const restless = resync && violations.length === 0 ? await checkQuiet(subject, settleMs) : [];
  return { observation, violations: [...violations, ...unanswered, ...restless] };
}

/** Observes until there is no violation and every remote was read, at most for `settleMs`. */
async function settle(
  subject: Subject,
  { ledger, except, settleMs, pollMs }: Required<Omit<VerifyOptions, "resync">>,
): Promise<VerifyResult> {
  const deadline = performance.now() + settleMs;
  for (;;) {
    const observation = await observe(subject, ledger);
    const { cluster } = observation;
    const ofFiles = [...(await checkRenders(cluster)), ...checkChanges(cluster), ...checkDependencies(cluster)];
    const found = [...findViolations(observation, ledger), ...ofFiles];
    const violations = found.filter(({ invariant }) => !except.has(invariant));
    // A remote that changes while it is read may be unreadable for a moment.
    const isComplete = [...observation.skipped.values()].every(({ kind }) => kind !== "unreadable");
    if ((violations.length === 0 && isComplete) || performance.now() >= deadline) return { observation, violations };
    await pause(pollMs);
  }
}

async function checkQuiet(subject: Subject, settleMs: number): Promise<readonly Violation[]> {
  let violations: readonly Violation[] = [];
  for (let attempt = 0; attempt < QUIET_TRIES; attempt++) {
    const before = await observeTraces(subject);
    const unanswered = await syncAll(subject, settleMs);
    violations = [...checkResync(before, await observeTraces(subject)), ...unanswered];
    if (violations.length === 0) break;
  }
  return violations;
}

/** Requests a sync of every Repository that is in step with its remote, and waits for the answers. */
async function syncAll(subject: Subject, settleMs: number): Promise<readonly Violation[]> {
  const request = randomBytes(6).toString("hex");
  const all = (await observeRepositories(subject)).filter(expectsAnswer);
  await Promise.all(all.map((repository) => subject.requestSync(repository, request)));
  const unanswered = async () => {
    const now = new Map((await observeRepositories(subject)).map((one) => [keyOf(one), one]));
    return all.filter((one) => {
      const found = now.get(keyOf(one));
      return found !== undefined && expectsAnswer(found) && found.status?.lastHandledSyncRequest !== request;
    });
  };
  try {
    const options = { timeoutMs: settleMs, intervalMs: 50, until: (left: readonly Repository[]) => left.length === 0 };
    await waitUntil("all Repositories have synced", unanswered, options);
    return [];
  } catch {
    return (await unanswered()).map((one) => ({
      invariant: 9,
      subject: `Repository ${keyOf(one)}`,
      message: `did not answer a sync request within ${settleMs} ms`,
    }));
  }
}

function expectsAnswer(repository: Repository): boolean {
  return repository.metadata.deletionTimestamp === undefined && isInStep(repository);
}
