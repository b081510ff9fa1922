import type { PackageFile } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { type CheckResult, checkYaml } from "../../../core/validation/check-yaml.ts";
import { claimsYaml, type FileReport, reportFiles } from "../../../core/validation/file-report.ts";
import { CheckQueue, type CheckQueueOptions, type Load, type Reading } from "./check-queue.ts";

/** What the event loop reads itself in one turn, in bytes: some 10 ms. */
const INLINE_BYTES = 8 * 1024;
/** Verdicts that are kept, by the id of the file's blob: an edit of one file reads one file. */
const MAX_KEPT = 20_000;
/** Between two attempts at a file: whatever ended the child may have passed by then. */
const PAUSE_MS = 1000;
/** How long a report stands that has files which could not be read: less would be a loop, since telling it leads to a look. */
const AGAIN_MS = 60_000;

export interface FileChecksOptions extends Pick<CheckQueueOptions, "child" | "log"> {
  /** The package revision of this key is to be looked at: it has a report now, or what it has is worth another try. */
  readonly onReport: (key: string) => void;
  readonly pauseMs?: number;
  readonly againMs?: number;
}

/** One look at all files of a package, at one commit. */
interface Look {
  readonly key: string;
  readonly commit: Oid;
  readonly verdicts: Map<string, CheckResult>;
  /** Paths by the blobs that have not been read yet. */
  readonly unread: Map<Oid, string[]>;
  /** A file could not be read, for a reason that may pass. */
  isPassing: boolean;
}

/** What is known of a package revision's files. */
interface Known {
  readonly commit: Oid;
  /** The look that is under way. */
  readonly look?: Look;
  readonly report?: FileReport;
}

/**
 * Says what is wrong in the files of drafts and proposals. A few small files are read at once; others wait for their turn
 * elsewhere, and nobody waits for them: `onReport` tells when they have been read.
 */
export class FileChecks {
  readonly #options: FileChecksOptions;
  readonly #known = new Map<string, Known>();
  readonly #verdicts = new Map<Oid, CheckResult>();
  readonly #queue: CheckQueue;
  #inlineLeft = INLINE_BYTES;

  constructor(options: FileChecksOptions) {
    this.#options = options;
    const { child, log, pauseMs = PAUSE_MS } = options;
    this.#queue = new CheckQueue({ child, log, pauseMs });
  }

  /** Reads what is small, so that its verdict is there when it is asked for. */
  prime(files: readonly PackageFile[]): void {
    for (const file of files) if (isChecked(file)) this.#find(file);
  }

  /** The report of a commit; undefined while it is being made. */
  check(key: string, commit: Oid, files: readonly PackageFile[], load: Load): FileReport | undefined {
    const known = this.#known.get(key);
    if (known?.commit === commit) return known.report;
    const look: Look = { key, commit, verdicts: new Map(), unread: new Map(), isPassing: false };
    for (const file of files.filter(isChecked)) {
      const verdict = this.#find(file);
      if (verdict !== undefined) look.verdicts.set(file.path, verdict);
      else look.unread.set(file.oid, [...(look.unread.get(file.oid) ?? []), file.path]);
    }
    if (look.unread.size === 0) return this.#finish(look);
    this.#known.set(key, { commit, look });
    for (const oid of look.unread.keys()) void this.#await(look, oid, load);
    return undefined;
  }

  /** True if this commit was looked at, or is being. */
  knows(key: string, commit: Oid): boolean {
    return this.#known.get(key)?.commit === commit;
  }

  report(key: string, commit: Oid): FileReport | undefined {
    const known = this.#known.get(key);
    return known?.commit === commit ? known.report : undefined;
  }

  forget(key: string): void {
    this.#known.delete(key);
  }

  #find(file: CheckedFile): CheckResult | undefined {
    const kept = this.#verdicts.get(file.oid);
    if (kept !== undefined || file.bytes.length > this.#inlineLeft) {
      if (kept !== undefined) this.#keep(file.oid, kept);
      return kept;
    }
    if (this.#inlineLeft === INLINE_BYTES) setImmediate(() => this.#renew());
    this.#inlineLeft -= file.bytes.length;
    try {
      const verdict = checkYaml(file.bytes);
      this.#keep(file.oid, verdict);
      return verdict;
    } catch {
      // An edit is not held up by what cannot be read: it fails once more elsewhere, and is told there.
      return undefined;
    }
  }

  #renew(): void {
    this.#inlineLeft = INLINE_BYTES;
  }

  /** As the newest one; the oldest goes. */
  #keep(oid: Oid, verdict: CheckResult): void {
    this.#verdicts.delete(oid);
    this.#verdicts.set(oid, verdict);
    const [oldest] = this.#verdicts.keys();
    if (this.#verdicts.size > MAX_KEPT && oldest !== undefined) this.#verdicts.delete(oldest);
  }

  async #await(look: Look, oid: Oid, load: Load): Promise<void> {
    const isWanted = () => this.#known.get(look.key)?.look === look;
    const reading = await this.#queue.read(oid, load, isWanted);
    if (reading?.lasts === true) this.#keep(oid, reading.verdict);
    if (reading !== undefined && isWanted()) this.#settle(look, oid, reading);
  }

  #settle(look: Look, oid: Oid, { verdict, lasts }: Reading): void {
    for (const path of look.unread.get(oid) ?? []) look.verdicts.set(path, verdict);
    look.unread.delete(oid);
    look.isPassing ||= !lasts;
    if (look.unread.size > 0) return;
    this.#finish(look);
    this.#options.onReport(look.key);
  }

  #finish({ key, commit, verdicts, isPassing }: Look): FileReport {
    const report = reportFiles(verdicts);
    const known = { commit, report };
    this.#known.set(key, known);
    if (isPassing) setTimeout(() => this.#beginAnew(key, known), this.#options.againMs ?? AGAIN_MS).unref();
    return report;
  }

  /** Nobody may ever touch the package again: it is looked at without that. */
  #beginAnew(key: string, known: Known): void {
    if (this.#known.get(key) !== known) return;
    this.#known.delete(key);
    this.#options.onReport(key);
  }
}

type CheckedFile = PackageFile & { readonly bytes: Uint8Array };

/** JSON is left to whoever reads it; so is what is not shown. */
function isChecked(file: PackageFile): file is CheckedFile {
  return file.bytes !== undefined && claimsYaml(file.path);
}
