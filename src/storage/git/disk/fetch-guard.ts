import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { withLocalFiles } from "../error-patterns.ts";
import { GitError } from "../errors.ts";
import type { BareRepository } from "../mirror/bare-repository.ts";
import type { DiskQuota } from "./disk-usage.ts";
import { folderSize } from "./folder-size.ts";

/** How often a fetch is measured while it runs: other fetches of the namespace run as well. */
const INTERVAL_MS = 250;

/** What a fetch has to keep to. */
export interface FetchLimits {
  /** The largest file that git may write. */
  readonly fileBytes: number;
  /** Ends git. */
  readonly cancel: AbortSignal;
}

/** Ends the fetches of a mirror that would take more of the disk than its quota leaves. */
export class FetchGuard {
  readonly #repository: Pick<BareRepository, "dir" | "settings">;
  readonly #quota: DiskQuota;

  constructor(repository: Pick<BareRepository, "dir" | "settings">, quota: DiskQuota) {
    this.#repository = repository;
    this.#quota = quota;
  }

  /** Measures the mirror; returns its bytes. */
  async measure(): Promise<number> {
    const bytes = await folderSize(this.#repository.dir);
    this.#quota.record(bytes);
    return bytes;
  }

  /**
   * Calls `work`, which writes no refs and deletes what it leaves unfinished. Throws what it throws, and `GitError`
   * `DiskLimitExceeded`; then nothing that it brought is kept. All that a fetch brings is one pack, which git ends at
   * its limit, and the index of it. While it runs, and when it has ended, the namespace is measured as well: others
   * fetch, too.
   */
  async run<T>(work: (limits: FetchLimits) => Promise<T>, cancel?: AbortSignal): Promise<T> {
    const bytes = await this.measure();
    const { limits } = this.#repository.settings;
    const left = this.#quota.left();
    const error = this.#quota.error();
    if (left <= 0) throw error;
    const abort = new AbortController();
    const before = await this.#packFiles();
    const endWatch = await this.#watch(bytes, () => abort.abort(error));
    const fileBytes = Math.min(limits.fileBytes, left);
    try {
      const result = await work({ fileBytes, cancel: AbortSignal.any([abort.signal, ...(cancel ? [cancel] : [])]) });
      endWatch();
      await this.measure();
      if (this.#quota.left() < 0) throw error;
      return result;
    } catch (cause) {
      endWatch();
      // git may have been ended, or have failed, when its pack was complete.
      await this.#removeOthers(before);
      await this.measure();
      const isFull = cause instanceof GitError && /File too large/.test(cause.message);
      throw isFull && fileBytes < limits.fileBytes ? error : cause;
    }
  }

  async #packFiles(): Promise<readonly string[]> {
    return await readdir(join(this.#repository.dir, "objects", "pack")).catch(() => []);
  }

  async #removeOthers(kept: readonly string[]): Promise<void> {
    const others = (await this.#packFiles()).filter((name) => !kept.includes(name));
    const paths = others.map((name) => join(this.#repository.dir, "objects", "pack", name));
    await withLocalFiles(() => Promise.all(paths.map((path) => rm(path, { force: true }))));
  }

  /** Returns a function that ends the watch: a measurement that runs then is not recorded. */
  async #watch(whole: number, onExceeded: () => void): Promise<() => void> {
    const packs = join(this.#repository.dir, "objects", "pack");
    const before = await folderSize(packs);
    let [isLooking, hasEnded] = [false, false];
    const look = async () => {
      if (isLooking) return;
      isLooking = true;
      const now = await folderSize(packs);
      isLooking = false;
      if (hasEnded) return;
      this.#quota.record(whole - before + now);
      if (this.#quota.left() < 0) onExceeded();
    };
    const timer = setInterval(look, INTERVAL_MS);
    return () => {
      hasEnded = true;
      clearInterval(timer);
    };
  }
}
