import type { PackageFile } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { CheckResult, FileCheck, IdentifiedResource } from "../../../core/validation/file-check.ts";
import { type FileReport, type FileResult, reportFiles } from "../../../core/validation/file-report.ts";
import { ExcludedFiles } from "../../../core/validation/ignore/ignore-file.ts";
import type { EventSink } from "../../shared/event-channel.ts";
import type { QueuedResult } from "../queue/work-queue.ts";
import { CheckQueue, type CheckQueueOptions, jobKey, type LoadBlob } from "./check-queue.ts";

/** Bytes that the event loop checks itself in one turn: some 10 ms. */
const INLINE_BYTES = 8 * 1024;
/** Cached results, by check and blob: after an edit of one file, only that file is checked. */
const MAX_CACHED = 20_000;
/** The pause between two attempts at a file: the reason for the end of a worker process may have passed by then. */
const PAUSE_MS = 1000;
/**
 * The time after which a report of files that could not be checked is recreated. Each report leads to a status write
 * and a reconcile, so a short time would be a loop.
 */
const RETRY_MS = 60_000;

/** The package revision of this key needs a reconcile: its report is ready, or is to be recreated. */
export interface FilesChecked {
  readonly kind: "filesChecked";
  readonly revision: string;
}

export interface FileChecksOptions extends Pick<CheckQueueOptions, "worker" | "log"> {
  readonly checks: readonly FileCheck[];
  readonly channel: EventSink<FilesChecked>;
  readonly pauseMs?: number;
  readonly retryMs?: number;
}

/** The checks of all files of a package at one commit, while they run in the worker process. */
interface CheckRun {
  readonly key: string;
  readonly commit: Oid;
  readonly results: FileResult[];
  readonly excluded: ExcludedFiles;
  /** The jobs without a result yet, by `jobKey`, with the paths of the blob. */
  readonly pending: Map<string, PendingJob>;
  /** A check failed for a reason that may pass. */
  hasTransientFailure: boolean;
}

interface PendingJob {
  readonly check: FileCheck;
  readonly oid: Oid;
  readonly paths: string[];
}

/** The newest run of a package revision: under way, or with its report. */
interface LatestRun {
  readonly commit: Oid;
  readonly running?: CheckRun;
  readonly report?: FileReport;
}

/**
 * Checks the files of drafts and proposals. A few small files are checked at once, the others in the worker process:
 * reconciles do not wait for those, an event reports that they are done.
 */
export class FileChecks {
  readonly #options: FileChecksOptions;
  readonly #runs = new Map<string, LatestRun>();
  readonly #cache = new Map<string, CheckResult>();
  readonly #queue: CheckQueue;
  #inlineBytesLeft = INLINE_BYTES;
  /** The number of look-ups of resources in the worker so far. */
  #lookups = 0;

  constructor(options: FileChecksOptions) {
    this.#options = options;
    const { worker, log, pauseMs = PAUSE_MS } = options;
    this.#queue = new CheckQueue({ worker, log, pauseMs });
  }

  /** Checks small files ahead, so that their results are cached when `check` needs them. */
  prime(files: readonly PackageFile[]): void {
    for (const [check, file] of this.#applicable(files)) this.#resultOf(check, file);
  }

  /** The report on a commit; undefined until all files are checked. */
  check(key: string, commit: Oid, files: readonly PackageFile[], load: LoadBlob): FileReport | undefined {
    const latest = this.#runs.get(key);
    if (latest?.commit === commit) return latest.report;
    const excluded = new ExcludedFiles(files);
    const run: CheckRun = { key, commit, results: [], excluded, pending: new Map(), hasTransientFailure: false };
    for (const [check, file] of this.#applicable(files)) {
      const { path, oid } = file;
      const result = this.#resultOf(check, file);
      if (result !== undefined) run.results.push({ path, check, result });
      else addPending(run, { check, oid, paths: [path] });
    }
    if (run.pending.size === 0) return this.#finish(run);
    this.#runs.set(key, { commit, running: run });
    for (const job of [...run.pending.values()]) void this.#runInWorker(run, job, load);
    return undefined;
  }

  /**
   * What a file adds to a cluster; nothing if `isWanted` is false by the time of its turn, or if the file takes too
   * much to be read. Throws for a failure that may pass.
   * @param owner `namespace/name` of who waits
   */
  async findResources(
    owner: string,
    { path, oid }: Pick<PackageFile, "path" | "oid">,
    load: LoadBlob,
    isWanted: () => boolean,
  ): Promise<readonly IdentifiedResource[]> {
    const applicable = this.#options.checks.filter((check) => check.applies(path));
    const found = applicable.map(async ({ name: check }) => {
      const job = { check, oid };
      const cached = this.#cache.get(jobKey(job));
      if (cached !== undefined) return cached.resources ?? [];
      // An owner of its own: files of one target may be the same blob.
      const queued = await this.#queue.add(job, load, isWanted, `${owner}/${++this.#lookups}`);
      if (queued?.isFinal === false) throw new Error(`${path} could not be read`);
      if (queued !== undefined) this.#addToCache(jobKey(job), queued.result);
      return queued?.result.resources ?? [];
    });
    return (await Promise.all(found)).flat();
  }

  /** True if the checks of this commit are done or under way. */
  hasRun(key: string, commit: Oid): boolean {
    return this.#runs.get(key)?.commit === commit;
  }

  report(key: string, commit: Oid): FileReport | undefined {
    const latest = this.#runs.get(key);
    return latest?.commit === commit ? latest.report : undefined;
  }

  forget(key: string): void {
    this.#runs.delete(key);
  }

  /** Files that the contents object does not show are not checked. */
  *#applicable(files: readonly PackageFile[]): Generator<readonly [FileCheck, ShownFile]> {
    for (const check of this.#options.checks) {
      for (const file of files) if (isShown(file) && check.applies(file.path)) yield [check, file];
    }
  }

  #resultOf(check: FileCheck, { oid, bytes }: ShownFile): CheckResult | undefined {
    const key = jobKey({ check: check.name, oid });
    const cached = this.#cache.get(key);
    if (cached !== undefined || bytes.length > this.#inlineBytesLeft) {
      if (cached !== undefined) this.#addToCache(key, cached);
      return cached;
    }
    if (this.#inlineBytesLeft === INLINE_BYTES) setImmediate(() => this.#startTurn());
    this.#inlineBytesLeft -= bytes.length;
    try {
      const result = check.check(bytes);
      this.#addToCache(key, result);
      return result;
    } catch {
      // A failing check must not block an edit. It fails in the worker process, too, and is reported there.
      return undefined;
    }
  }

  #startTurn(): void {
    this.#inlineBytesLeft = INLINE_BYTES;
  }

  /** Adds a result as the newest one, and evicts the oldest. */
  #addToCache(key: string, result: CheckResult): void {
    this.#cache.delete(key);
    this.#cache.set(key, result);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > MAX_CACHED && oldest !== undefined) this.#cache.delete(oldest);
  }

  async #runInWorker(run: CheckRun, job: PendingJob, load: LoadBlob): Promise<void> {
    const isWanted = () => this.#runs.get(run.key)?.running === run;
    const named = { check: job.check.name, oid: job.oid };
    const queued = await this.#queue.add(named, load, isWanted, run.key);
    if (queued?.isFinal === true) this.#addToCache(jobKey(named), queued.result);
    if (queued !== undefined && isWanted()) this.#addResult(run, job, queued);
  }

  #addResult(run: CheckRun, { check, oid, paths }: PendingJob, { result, isFinal }: QueuedResult<CheckResult>): void {
    for (const path of paths) run.results.push({ path, check, result });
    run.pending.delete(jobKey({ check: check.name, oid }));
    run.hasTransientFailure ||= !isFinal;
    if (run.pending.size > 0) return;
    this.#finish(run);
    this.#options.channel.emit({ kind: "filesChecked", revision: run.key });
  }

  #finish({ key, commit, results, excluded, hasTransientFailure }: CheckRun): FileReport {
    const report = reportFiles(results, excluded);
    const done = { commit, report };
    this.#runs.set(key, done);
    if (hasTransientFailure) setTimeout(() => this.#restart(key, done), this.#options.retryMs ?? RETRY_MS).unref();
    return report;
  }

  /** Without this, a package that no client touches would keep the report of a failure that has passed. */
  #restart(key: string, done: LatestRun): void {
    if (this.#runs.get(key) !== done) return;
    this.#runs.delete(key);
    this.#options.channel.emit({ kind: "filesChecked", revision: key });
  }
}

type ShownFile = PackageFile & { readonly bytes: Uint8Array };

function isShown(file: PackageFile): file is ShownFile {
  return file.bytes !== undefined;
}

function addPending({ pending }: CheckRun, job: PendingJob): void {
  const key = jobKey({ check: job.check.name, oid: job.oid });
  const known = pending.get(key);
  if (known === undefined) pending.set(key, job);
  else for (const path of job.paths) known.paths.push(path);
}
