import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { waitUntil } from "../harness/wait.ts";
import { findViolations } from "./check.ts";
import type { Ledger } from "./ledger.ts";
import type { Invariant, Observation, Violation } from "./observation.ts";
import { observe, observeCluster, observeTraces, type Subject } from "./observe.ts";
import { checkResync } from "./resync.ts";
import { isFollowed, keyOf } from "./situation.ts";

export interface VerifyOptions {
  readonly ledger?: Partial<Ledger>;
  /** What is not judged. */
  readonly except?: ReadonlySet<Invariant>;
  /** How long things may take to settle, in milliseconds; 30,000 unless told. */
  readonly settleMs?: number;
  /** Time between two looks, in milliseconds; 100 unless told. */
  readonly pollMs?: number;
  /** False: no Repository is asked for a sync, so that invariant 10 is not looked at. */
  readonly resync?: boolean;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  /** What was judged last. */
  readonly seen: Observation;
}

/** A sync that finds things still under way may be followed by another one. */
const QUIET_TRIES = 3;

/** Judges all invariants, once things have settled. What is wrong for longer than they may take is a violation. */
export async function verify(subject: Subject, options: VerifyOptions = {}): Promise<Verdict> {
  const { ledger = {}, except = new Set(), settleMs = 30_000, pollMs = 100, resync = true } = options;
  // What others pushed meanwhile is to be known, too.
  const unanswered = resync ? await syncAll(subject, settleMs) : [];
  const { seen, violations } = await settle(subject, { ledger, except, settleMs, pollMs });
  const restless = resync && violations.length === 0 ? await checkQuiet(subject, settleMs) : [];
  return { seen, violations: [...violations, ...unanswered, ...restless] };
}

/** Looks until nothing is wrong any more, or for as long as things may take. */
async function settle(
  subject: Subject,
  { ledger, except, settleMs, pollMs }: Required<Omit<VerifyOptions, "resync">>,
): Promise<Verdict> {
  const deadline = performance.now() + settleMs;
  for (;;) {
    const seen = await observe(subject, ledger);
    const violations = findViolations(seen, ledger).filter(({ invariant }) => !except.has(invariant));
    if (violations.length === 0 || performance.now() >= deadline) return { seen, violations };
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

/** Asks every Repository that is in step with its remote for a sync, and waits for the answers. */
async function syncAll(subject: Subject, settleMs: number): Promise<readonly Violation[]> {
  const asked = randomBytes(6).toString("hex");
  const all = (await observeCluster(subject)).repositories.filter(isAsked);
  await Promise.all(all.map((repository) => subject.requestSync(repository, asked)));
  const unanswered = async () => {
    const now = new Map((await observeCluster(subject)).repositories.map((one) => [keyOf(one), one]));
    return all.filter((one) => {
      const found = now.get(keyOf(one));
      return found !== undefined && isAsked(found) && found.status?.lastHandledSyncRequest !== asked;
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
      message: `did not answer a request for a sync within ${settleMs} ms`,
    }));
  }
}

function isAsked(repository: Repository): boolean {
  return repository.metadata.deletionTimestamp === undefined && isFollowed(repository);
}
