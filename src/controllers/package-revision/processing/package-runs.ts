import { parseKey } from "../../../api/meta.ts";
import { failedResult, type ProcessCall, type ProcessResult } from "../../../core/processing/process-package.ts";
import type { EventSink } from "../../shared/event-channel.ts";
import { type Job, type QueuedResult, WorkQueue, type WorkQueueOptions } from "../queue/work-queue.ts";
import { DataRounds, type DataSource, type KnownData, type NextRound } from "./data-rounds.ts";

/** The pause between two attempts at a package: the reason for the end of a worker process may have passed by then. */
const PAUSE_MS = 1000;
/** The time after which a package that could not be processed is tried again. */
const RETRY_MS = 60_000;
/** How long a new draft waits for its render. A function may take minutes. */
const MAX_WAIT_MS = 2_000;

/** The package revision of this key needs a reconcile: its package is rendered and validated, or is to be again. */
export interface PackageProcessed {
  readonly kind: "packageProcessed";
  readonly revision: string;
}

export interface PackageRunsOptions extends Pick<WorkQueueOptions<ProcessCall, ProcessResult>, "worker" | "log"> {
  readonly channel: EventSink<PackageProcessed>;
  readonly pauseMs?: number;
  readonly retryMs?: number;
  readonly maxWaitMs?: number;
}

type PackageJob = Job<ProcessCall, ProcessResult>;

/** A package that is to be processed. */
export interface PackageToProcess extends Pick<PackageJob, "load"> {
  /** Equal for packages whose runs of one id have one result; absent for one that shares it with no other package. */
  readonly sharedKey?: string | undefined;
  /** Where its data blocks find objects; absent where there are none. */
  readonly source?: DataSource;
  readonly known?: KnownData;
}

/** The newest run of a package revision: under way, or with its result. */
interface PackageRun {
  /** Equal for equal files and settings. */
  readonly id: string;
  readonly result?: ProcessResult;
  readonly progress?: Progress;
}

interface Progress {
  /** Resolves at the end of the run, also if a newer run has replaced it. */
  readonly ended: Promise<void>;
  /** Number of reconciles that wait for the end. */
  waiting: number;
}

/**
 * Renders and validates packages in a worker process, one after another. Reconciles do not wait for that: an event
 * reports that it is done. A run ends when a newer one of the same package revision is wanted.
 */
export class PackageRuns {
  readonly #options: PackageRunsOptions;
  readonly #runs = new Map<string, PackageRun>();
  readonly #queue: WorkQueue<ProcessCall, ProcessResult>;

  constructor(options: PackageRunsOptions) {
    this.#options = options;
    const { worker, log, pauseMs = PAUSE_MS } = options;
    this.#queue = new WorkQueue({ worker, log, pauseMs, failure: "a package could not be processed", failed });
  }

  /** The result of the newest run, if it is this one and done. */
  result(key: string, id: string): ProcessResult | undefined {
    const run = this.#runs.get(key);
    return run?.id === id ? run.result : undefined;
  }

  /** Begins a run, unless it is the newest one already. */
  start(key: string, id: string, toProcess: PackageToProcess): void {
    if (this.#runs.get(key)?.id === id) return;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const run = { id, progress: { ended, waiting: 0 } };
    this.#runs.set(key, run);
    this.#queue.dropUnwanted();
    void this.#process(key, run, toProcess).finally(resolve);
  }

  /**
   * Waits for the result of a run that has begun, for two seconds at most; undefined if there is none by then. No event
   * reports the end of a run while a reconcile waits for it.
   */
  async wait(key: string, id: string): Promise<ProcessResult | undefined> {
    const { maxWaitMs = MAX_WAIT_MS } = this.#options;
    const run = this.#runs.get(key);
    if (run?.id === id && run.progress !== undefined && maxWaitMs > 0) {
      const { promise: timeout, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, maxWaitMs);
      run.progress.waiting += 1;
      await Promise.race([run.progress.ended, timeout]);
      run.progress.waiting -= 1;
      clearTimeout(timer);
    }
    return this.result(key, id);
  }

  /** Records a result that is known without a run: a render's result, validated, is a package of its own. */
  adopt(key: string, id: string, result: ProcessResult): void {
    this.#runs.set(key, { id, result });
  }

  /** Begins the run of a package again that has taken objects from outside of it: they may be others. */
  dataChanged(key: string): void {
    if (this.#runs.delete(key)) this.#options.channel.emit({ kind: "packageProcessed", revision: key });
  }

  /** True if a package has kinds that are no built-in ones. */
  needSchemas(): boolean {
    return this.#runs.values().some(({ result }) => (result?.validation?.unknownGroups ?? []).length > 0);
  }

  /** Begins the runs again whose packages have kinds of these apiVersions: the cluster has other schemas of them. */
  schemasChanged(apiVersions: ReadonlySet<string>): void {
    for (const [key, { result }] of this.#runs) {
      if (result?.validation?.unknownGroups?.some((one) => apiVersions.has(one)) !== true) continue;
      this.#runs.delete(key);
      this.#options.channel.emit({ kind: "packageProcessed", revision: key });
    }
  }

  forget(key: string): void {
    this.#runs.delete(key);
    this.#queue.dropUnwanted();
  }

  /** In rounds, between which others have their turn. Never rejects. */
  async #process(key: string, run: PackageRun, toProcess: PackageToProcess): Promise<void> {
    const { load, source, known } = toProcess;
    const isWanted = () => this.#runs.get(key) === run;
    const rounds = new DataRounds(source, known);
    let next: NextRound | undefined;
    for (let round = 0; ; round++) {
      const owner = ownerOf(key, toProcess, next);
      const job = { key: `${owner} ${run.id} ${round}`, load: withRound(load, next), about: { revision: key } };
      const queued = await this.#queue.add(job, isWanted, key);
      if (queued === undefined || !isWanted()) return;
      const isRenewed = next?.isRenewed === true;
      next = await this.#next(key, rounds, queued);
      if (!isWanted()) return;
      if (next !== undefined) continue;
      const { neededDigest } = rounds;
      const result = {
        ...queued.result,
        ...(isRenewed && { isRenewed }),
        ...(neededDigest !== "" && { neededDigest }),
      };
      return this.#finish(key, run, { ...queued, result });
    }
  }

  async #next(key: string, rounds: DataRounds, { result, isFinal }: QueuedResult<ProcessResult>) {
    if (!isFinal) return undefined;
    try {
      return await rounds.next(result);
    } catch (error) {
      // Its Repository was closed: a reconcile follows when it is read again.
      this.#options.log.debug("the objects that a package needs could not be looked for", { revision: key, error });
      return undefined;
    }
  }

  #finish(key: string, { id, progress }: PackageRun, { result, isFinal }: QueuedResult<ProcessResult>): void {
    const done = { id, result };
    this.#runs.set(key, done);
    if (progress === undefined || progress.waiting === 0)
      this.#options.channel.emit({ kind: "packageProcessed", revision: key });
    if (isFinal && !isTransient(result)) return;
    const retry = () => {
      if (this.#runs.get(key) !== done) return;
      this.#runs.delete(key);
      this.#options.channel.emit({ kind: "packageProcessed", revision: key });
    };
    setTimeout(retry, this.#options.retryMs ?? RETRY_MS).unref();
  }
}

/**
 * The part of a job's key that says who shares the job. A fleet has one package with the same files for each target:
 * jobs that wait together run once, as long as they get the same from outside. Definitions of other packages are shared
 * within a namespace only.
 */
function ownerOf(key: string, { sharedKey }: PackageToProcess, next: NextRound | undefined): string {
  if (sharedKey === undefined || next === undefined) return sharedKey ?? key;
  const { namespace } = parseKey(key);
  return next.sharedDigest === undefined ? key : `${sharedKey} ${namespace} ${next.sharedDigest}`;
}

function withRound(load: PackageJob["load"], next: NextRound | undefined): PackageJob["load"] {
  if (next === undefined) return load;
  const { outside, isRenewed } = next;
  return async () => {
    const loaded = await load();
    if ("output" in loaded) return loaded;
    const { settings } = loaded.call;
    return { call: { ...loaded.call, outside, settings: { ...settings, isKept: settings.isKept && !isRenewed } } };
  };
}

/** True if the same package may be rendered later: a function runner did not answer. */
function isTransient({ render }: ProcessResult): boolean {
  return render.kind === "failed" && render.failure.isTransient === true;
}

function failed(limit: string | undefined): ProcessResult {
  const what = "rendering and validating the package";
  return limit === undefined
    ? failedResult({ reason: "ProcessingFailed", message: `${what} failed, and is tried again` })
    : failedResult({ reason: "LimitExceeded", message: `${what} takes too much ${limit}` });
}
