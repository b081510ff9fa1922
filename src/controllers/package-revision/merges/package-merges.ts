import { canonicalJson } from "../../../core/identity/canonical-json.ts";
import { sha256Hex } from "../../../core/identity/hash.ts";
import type { MergeCall, MergeResult } from "../../../core/merge/merge-call.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import { WorkQueue, type WorkQueueOptions } from "../queue/work-queue.ts";

/** The pause between two attempts at a merge: the reason for the end of a worker process may have passed by then. */
const PAUSE_MS = 1000;

export interface PackageMergesOptions extends Pick<WorkQueueOptions<MergeCall, MergeResult>, "worker" | "log"> {
  readonly pauseMs?: number;
}

/**
 * Merges packages in a worker process, one after another; namespaces share the time. A fleet has one package with the
 * same files for each target: equal merges that wait together run once.
 */
export class PackageMerges {
  readonly #queue: WorkQueue<MergeCall, MergeResult>;

  constructor({ worker, log, pauseMs = PAUSE_MS }: PackageMergesOptions) {
    this.#queue = new WorkQueue({ worker, log, pauseMs, failure: "packages could not be merged", failed });
  }

  /**
   * Waits for the turn of a package revision, and for the merge. Throws `StalledError` where nothing can be merged, for
   * one that takes too much, and for one whose worker process ended, which is tried again.
   * @param key `namespace/name` of the package revision
   */
  async merge(key: string, call: MergeCall): Promise<MergeResult> {
    const job = { key: contentOf(call), load: async () => ({ call }), about: { revision: key } };
    const queued = await this.#queue.add(job, () => true, key);
    if (queued === undefined) throw new Error("a newer merge of this package revision was asked for");
    const { result, isFinal } = queued;
    const { failure } = result;
    if (failure === undefined) return result;
    const retry = isFinal ? "never" : "backoff";
    throw new StalledError({ reason: failure.reason, retry }, failure.message);
  }
}

/** Equal for equal merges. */
function contentOf({ trees, strategy, inputs, maxValue }: MergeCall): string {
  const { base, upstream, local } = trees;
  const sides = [base, upstream, local].map((files) => files.map(({ path, mode, oid }) => [path, mode, oid]));
  return sha256Hex(canonicalJson([sides, strategy, inputs, maxValue]));
}

function failed(limit: string | undefined): MergeResult {
  const failure =
    limit === undefined
      ? ({ reason: "ProcessingFailed", message: "merging the package failed, and is tried again" } as const)
      : ({ reason: "LimitExceeded", message: `merging the package takes too much ${limit}` } as const);
  return { files: [], conflicts: [], conflictCount: 0, failure };
}
