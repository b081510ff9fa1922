import type { Oid } from "../../core/change/change.ts";
import type { PackageFile } from "../../core/resources/package-file.ts";
import { checkYaml, type Verdict } from "../../core/validation/check-yaml.ts";
import { claimsYaml, type FileReport, reportFiles } from "../../core/validation/file-report.ts";
import { type ChildCalls, GaveUpError } from "../../runtime/child-calls.ts";
import type { Logger } from "../../runtime/log.ts";

/** What the event loop reads itself in one turn, in bytes: some 10 ms. */
const INLINE_BYTES = 8 * 1024;
/** Verdicts that are kept, by the id of the file's blob: an edit of one file reads one file. */
const MAX_KEPT = 20_000;

export interface FileChecksOptions {
  /** Reads a file without holding up the event loop; may give up (`GaveUpError`). */
  readonly child: Pick<ChildCalls<Uint8Array, Verdict>, "call">;
  /** The package revision of this key has a report now. */
  readonly onReport: (key: string) => void;
  readonly log: Logger;
}

/** Where a blob's bytes are when its turn comes: what waits is not held in memory. */
type Load = (oid: Oid) => Promise<Uint8Array | undefined>;

/** One look at all files of a package, at one commit. */
interface Look {
  readonly key: string;
  readonly commit: Oid;
  readonly verdicts: Map<string, Verdict>;
  /** Paths by the blobs that have not been read yet. */
  readonly unread: Map<Oid, string[]>;
}

/** What is known of a package revision's files. */
interface Known {
  readonly commit: Oid;
  /** The look that is under way. */
  readonly look?: Look;
  readonly report?: FileReport;
}

interface Waiting {
  readonly load: Load;
  readonly looks: Set<Look>;
}

/**
 * Says what is wrong in the files of drafts and proposals. A few small files are read at once; others wait for their turn
 * elsewhere, and nobody waits for them: `onReport` tells when they have been read.
 */
export class FileChecks {
  readonly #options: FileChecksOptions;
  readonly #known = new Map<string, Known>();
  readonly #verdicts = new Map<Oid, Verdict>();
  readonly #queue = new Map<Oid, Waiting>();
  #inlineLeft = INLINE_BYTES;
  #isReading = false;

  constructor(options: FileChecksOptions) {
    this.#options = options;
  }

  /** Reads what is small, so that its verdict is there when it is asked for. */
  prime(files: readonly PackageFile[]): void {
    for (const file of files) if (isChecked(file)) this.#find(file);
  }

  /** The report of a commit; undefined while it is being made. */
  check(key: string, commit: Oid, files: readonly PackageFile[], load: Load): FileReport | undefined {
    const known = this.#known.get(key);
    if (known?.commit === commit) return known.report;
    const look: Look = { key, commit, verdicts: new Map(), unread: new Map() };
    for (const file of files.filter(isChecked)) {
      const verdict = this.#find(file);
      if (verdict !== undefined) look.verdicts.set(file.path, verdict);
      else look.unread.set(file.oid, [...(look.unread.get(file.oid) ?? []), file.path]);
    }
    if (look.unread.size === 0) return this.#finish(look);
    this.#known.set(key, { commit, look });
    for (const oid of look.unread.keys()) {
      const waiting = this.#queue.get(oid) ?? { load, looks: new Set() };
      waiting.looks.add(look);
      this.#queue.set(oid, waiting);
    }
    void this.#readQueue();
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

  #find(file: CheckedFile): Verdict | undefined {
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
  #keep(oid: Oid, verdict: Verdict): void {
    this.#verdicts.delete(oid);
    this.#verdicts.set(oid, verdict);
    const [oldest] = this.#verdicts.keys();
    if (this.#verdicts.size > MAX_KEPT && oldest !== undefined) this.#verdicts.delete(oldest);
  }

  #finish({ key, commit, verdicts }: Look): FileReport {
    const report = reportFiles(verdicts);
    this.#known.set(key, { commit, report });
    return report;
  }

  async #readQueue(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    for (const [oid, { load, looks }] of this.#queue) {
      const wanted = () => [...looks].filter((look) => this.#known.get(look.key)?.look === look);
      try {
        const verdict = wanted().length === 0 ? undefined : await this.#read(oid, load);
        if (verdict !== undefined) for (const look of wanted()) this.#settle(look, oid, verdict);
      } catch (error) {
        this.#options.log.warn("a file could not be checked", { oid, error });
        // Whoever looks next begins anew.
        for (const look of wanted()) this.#known.delete(look.key);
      }
      this.#queue.delete(oid);
    }
    this.#isReading = false;
  }

  async #read(oid: Oid, load: Load): Promise<Verdict> {
    const kept = this.#verdicts.get(oid);
    if (kept !== undefined) return kept;
    const bytes = await load(oid);
    if (bytes === undefined) throw new Error("it is not in the mirror any more");
    const verdict = await this.#readElsewhere(bytes);
    this.#keep(oid, verdict);
    return verdict;
  }

  async #readElsewhere(bytes: Uint8Array): Promise<Verdict> {
    try {
      // A copy: what Git answered is a piece of something larger, all of which would be handed over.
      return await this.#options.child.call(new Uint8Array(bytes));
    } catch (error) {
      if (!(error instanceof GaveUpError)) throw error;
      // Kept like any other verdict: it is not tried for ever.
      const message = `reading it takes too much ${error.limit}: it was not checked`;
      return { problems: [{ line: 1, column: 1, message }], count: 1 };
    }
  }

  #settle(look: Look, oid: Oid, verdict: Verdict): void {
    for (const path of look.unread.get(oid) ?? []) look.verdicts.set(path, verdict);
    look.unread.delete(oid);
    if (look.unread.size > 0) return;
    this.#finish(look);
    this.#options.onReport(look.key);
  }
}

type CheckedFile = PackageFile & { readonly bytes: Uint8Array };

/** JSON is left to whoever reads it; so is what is not shown. */
function isChecked(file: PackageFile): file is CheckedFile {
  return file.bytes !== undefined && claimsYaml(file.path);
}
