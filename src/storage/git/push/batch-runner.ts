import { GitError } from "../errors.ts";
import { BatchSize } from "./batch-size.ts";
import { limitTags } from "./limit-tags.ts";
import { type PlannedRequest, planBatch } from "./plan-batch.ts";
import { attemptPush, type PushAttemptOptions, raceLost } from "./push-attempt.ts";
import { type RefRejection, rejectionError } from "./push-report.ts";
import type { QueuedRequest } from "./write-request.ts";

export interface BatchRunnerOptions extends PushAttemptOptions {
  readonly maxTries: number;
  /** Returns requests to the head of the queue. */
  readonly defer: (requests: readonly QueuedRequest[]) => void;
}

type Batch = readonly PlannedRequest[];

/** Pushes of one run without an answer; after these the requests fail, and their callers retry with backoff. */
const MAX_UNANSWERED = 3;

/** Failures that concern the remote as a whole: every request would fail the same way. */
const GENERAL_FAILURES: readonly string[] = [
  "AuthenticationFailed",
  "AccessDenied",
  "PushForbidden",
  "RepositoryNotFound",
  "HostKeyRefused",
  "TLSFailed",
  "RedirectRefused",
  "RemoteTooLarge",
  "TooManyRefs",
  "DiskLimitExceeded",
];

/** Plans, writes and pushes requests, and determines which of them a failure concerns. Runs must not overlap. */
export class BatchRunner {
  readonly #options: BatchRunnerOptions;
  readonly #size = new BatchSize();

  constructor(options: BatchRunnerOptions) {
    this.#options = options;
  }

  /** Settles every request, or defers it. Never throws. */
  async run(requests: readonly QueuedRequest[]): Promise<void> {
    let rest = this.#limit(requests);
    let error = raceLost();
    let races = 0;
    let unanswered = 0;
    let recloned = false;
    for (let left = this.#options.maxTries; left > 0; left--) {
      const { batch, deferred } = await planBatch(this.#options.mirror, rest);
      this.#options.defer(deferred);
      if (batch.length === 0) return;
      const attempt = await attemptPush(this.#options, batch, recloned);
      rest = requestsOf(batch);
      switch (attempt.kind) {
        case "pushed":
          return this.#size.recordPushed();
        case "retry":
          error = attempt.error;
          recloned ||= error.reason === "MirrorCorrupt";
          if (error.reason !== "LeaseLost") {
            if (++unanswered === MAX_UNANSWERED) return await this.#splitOrReject(rest, error);
          } else if (++races > 1) {
            // A single lost race changes nothing: a client that pushes once for each of our pushes would keep batches
            // small indefinitely.
            this.#size.recordRaceLost(rest.length);
            rest = this.#limit(rest);
          }
          break;
        case "rejected":
          return await this.#isolate(batch, attempt.rejections);
        case "failed":
          return await this.#splitOrReject(rest, attempt.error);
      }
    }
    for (const { reject } of rest) reject(error);
  }

  /** The first requests, as many as may share a push now; the others are deferred. */
  #limit(requests: readonly QueuedRequest[]): readonly QueuedRequest[] {
    const { taken, deferred } = limitTags(requests.slice(0, this.#size.current));
    const rest = [...deferred, ...requests.slice(this.#size.current)];
    if (rest.length > 0) this.#options.defer(rest);
    return taken;
  }

  /**
   * The remote rejected the batch: requests without a rejected ref are pushed again, the others are halved until each
   * rejection concerns a single request, which fails.
   */
  async #isolate(batch: Batch, rejections: readonly RefRejection[]): Promise<void> {
    const causes = rejections.filter(({ kind }) => kind === "refused" || kind === "conflict");
    const byRef = new Map((causes.length > 0 ? causes : rejections).map((rejection) => [rejection.ref, rejection]));
    const rejectionOf = ({ change }: PlannedRequest) =>
      change.steps.map(({ ref }) => byRef.get(ref)).find((found) => found !== undefined);
    const suspects = batch.filter((planned) => rejectionOf(planned) !== undefined);
    const others = requestsOf(batch.filter((planned) => rejectionOf(planned) === undefined));
    const [first] = suspects;
    const rejection = first && rejectionOf(first);
    // A remote that rejects a ref which the push does not contain must not cause an endless loop.
    if (first === undefined || rejection === undefined) {
      return await this.#splitOrReject(others, new GitError("PushRejected", "the remote rejected the push"));
    }
    if (suspects.length === 1) first.request.reject(rejectionError(rejection));
    else await this.#splitOrReject(requestsOf(suspects), rejectionError(rejection));
    if (others.length > 0) await this.run(others);
  }

  /** Fails a single request, or all if the failure is general; otherwise runs each half alone. */
  async #splitOrReject(requests: readonly QueuedRequest[], error: unknown): Promise<void> {
    const isGeneral = this.#options.isClosed() || !(error instanceof GitError) || isGeneralFailure(error);
    if (requests.length === 1 || isGeneral) {
      for (const { reject } of requests) reject(error);
      return;
    }
    const half = Math.ceil(requests.length / 2);
    await this.run(requests.slice(0, half));
    await this.run(requests.slice(half));
  }
}

function requestsOf(batch: Batch): readonly QueuedRequest[] {
  return batch.map(({ request }) => request);
}

function isGeneralFailure({ reason, retryable }: GitError): boolean {
  return GENERAL_FAILURES.includes(reason) || (retryable && reason !== "Unknown");
}
