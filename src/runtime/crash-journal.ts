import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** What the file has. */
interface Journal {
  /** Key → work that goes on. */
  readonly running: Record<string, { readonly version: string; readonly isWaiting: boolean }>;
  /** Key → how often in a row the process ended during this work. */
  readonly ends: Record<string, { readonly version: string; readonly count: number }>;
}

/** Work that is recorded; `end` must be called, whether it succeeds or fails. */
export interface RecordedWork {
  /** Records that the work waits until `goOn`, such as for a remote: waiting work is an unlikely cause of an end. */
  wait(): void;
  goOn(): void;
  end(): void;
}

export interface CrashJournalOptions {
  /** The file; its folder is created. It must survive the process, and may be lost with the machine. */
  readonly file: string;
  /** Work is left alone after so many ends of the process in a row; 0: never. */
  readonly limit: number;
  /** Called when the file cannot be written, once until it can again: meanwhile nothing is recorded. */
  readonly onError: (error: unknown) => void;
}

/**
 * Records on the disk what the process is working on, so that a later process knows what it was working on when it
 * ended: killed, out of memory, or by an error that nobody caught. Afterwards work that was going on runs one at a
 * time, so that only the work that ends the process is blamed. Writes a small file at each change, without waiting for
 * the disk: only the process is expected to end, not the machine.
 */
export class CrashJournal {
  readonly #options: CrashJournalOptions;
  readonly #journal: Journal;
  #turn: Promise<void> = Promise.resolve();
  #isBroken = false;

  /** Reads the journal of the process before; a file that cannot be read counts as none. */
  constructor(options: CrashJournalOptions) {
    this.#options = options;
    const { running, ends } = readJournal(options.file);
    this.#journal = { running: {}, ends };
    const all = Object.entries(running);
    const active = all.filter(([, { isWaiting }]) => !isWaiting);
    for (const [key, { version }] of active.length > 0 ? active : all)
      ends[key] = { version, count: this.endsOf(key, version) + 1 };
    this.#write();
  }

  /** How often in a row the process has ended during this work. `version`: what the work was for. */
  endsOf(key: string, version: string): number {
    const ends = this.#journal.ends[key];
    return ends?.version === version ? ends.count : 0;
  }

  /** True if the work is to be left alone: the process ended too often during it. */
  isQuarantined(key: string, version: string): boolean {
    return this.#options.limit > 0 && this.endsOf(key, version) >= this.#options.limit;
  }

  /** Records the work. Resolves when it may start: work that was going on at an end runs one at a time. */
  async begin(key: string, version: string): Promise<RecordedWork> {
    const yieldTurn = this.endsOf(key, version) > 0 ? await this.#takeTurn() : () => {};
    const record = (isWaiting: boolean) => {
      this.#journal.running[key] = { version, isWaiting };
      this.#write();
    };
    record(false);
    return {
      wait: () => {
        record(true);
        yieldTurn();
      },
      goOn: () => record(false),
      end: () => {
        delete this.#journal.running[key];
        delete this.#journal.ends[key];
        this.#write();
        yieldTurn();
      },
    };
  }

  /** Forgets work that is not done any more. */
  forget(key: string): void {
    if (this.#journal.ends[key] === undefined) return;
    delete this.#journal.ends[key];
    this.#write();
  }

  /** To be called before the process ends on purpose: no work is to blame for that. */
  close(): void {
    for (const key of Object.keys(this.#journal.running)) delete this.#journal.running[key];
    this.#write();
  }

  async #takeTurn(): Promise<() => void> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = before.then(() => promise);
    await before;
    return resolve;
  }

  #write(): void {
    const { file, onError } = this.#options;
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify(this.#journal), { mode: 0o600 });
      renameSync(`${file}.new`, file);
      this.#isBroken = false;
    } catch (error) {
      if (!this.#isBroken) onError(error);
      this.#isBroken = true;
    }
  }
}

function readJournal(file: string): Journal {
  try {
    const { running, ends } = JSON.parse(readFileSync(file, "utf8")) as Partial<Journal>;
    return { running: { ...running }, ends: { ...ends } };
  } catch {
    return { running: {}, ends: {} };
  }
}
