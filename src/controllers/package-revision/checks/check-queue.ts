import type { Oid } from "../../../core/identity/oid.ts";
import type { CheckResult, FileCheckCall } from "../../../core/validation/file-check.ts";
import { type QueuedResult, WorkQueue, type WorkQueueOptions } from "../queue/work-queue.ts";

/** Loads the bytes of a blob when its turn comes. Undefined: the mirror has no such blob. */
export type LoadBlob = (oid: Oid) => Promise<Uint8Array | undefined>;

/** One check of one blob. */
export interface CheckJob {
  /** The name of the check. */
  readonly check: string;
  readonly oid: Oid;
}

export type CheckQueueOptions = Pick<WorkQueueOptions<FileCheckCall, CheckResult>, "worker" | "log" | "pauseMs">;

/** A key that is equal for equal jobs only. */
export function jobKey({ check, oid }: CheckJob): string {
  return `${oid} ${check}`;
}

/** Runs checks in a worker process, one after another, as `WorkQueue` says. */
export class CheckQueue {
  readonly #queue: WorkQueue<FileCheckCall, CheckResult>;

  constructor(options: CheckQueueOptions) {
    const failed = (limit: string | undefined) =>
      notChecked(limit === undefined ? "reading it failed" : `reading it takes too much ${limit}`);
    this.#queue = new WorkQueue({ ...options, failure: "a file could not be checked", failed });
  }

  /** As `WorkQueue.add`. */
  async add(
    job: CheckJob,
    load: LoadBlob,
    isWanted: () => boolean,
    owner: string,
  ): Promise<QueuedResult<CheckResult> | undefined> {
    const { check, oid } = job;
    const loadCall = async () => {
      const bytes = await load(oid);
      if (bytes === undefined) throw new Error("the mirror no longer has the blob");
      // A copy: the bytes from Git are a view of a larger buffer, all of which would be sent.
      return { call: { check, bytes: new Uint8Array(bytes) } };
    };
    return await this.#queue.add({ key: jobKey(job), load: loadCall, about: { check, oid } }, isWanted, owner);
  }
}

function notChecked(cause: string): CheckResult {
  return { problems: [{ line: 1, column: 1, message: `${cause}: it was not checked` }], count: 1 };
}
