import { readFile } from "node:fs/promises";
import type { Oid } from "../../../core/identity/oid.ts";
import { withLocalFiles } from "../error-patterns.ts";
import { replaceFile } from "../exec/replace-file.ts";
import type { BareRepository } from "./bare-repository.ts";

/** How far branches of a mirror's remote were followed: in memory, and in a file beside the mirror. */
export class FollowedBranches {
  readonly #repository: Pick<BareRepository, "followedFile" | "reachFailpoint">;
  #commits: ReadonlyMap<string, Oid> = new Map();
  #writing: Promise<void> = Promise.resolve();

  constructor(repository: Pick<BareRepository, "followedFile" | "reachFailpoint">) {
    this.#repository = repository;
  }

  /** Reads the file. One that is missing or that nobody could have written here counts as empty. */
  async load(): Promise<void> {
    const text = await readFile(this.#repository.followedFile, "utf8").catch(() => "");
    const lines = text.matchAll(/^([0-9a-f]{40}|[0-9a-f]{64}) (.+)$/gm);
    this.#commits = new Map([...lines].map(([, commit = "", branch = ""]) => [branch, commit]));
  }

  get(branch: string): Oid | undefined {
    return this.#commits.get(branch);
  }

  /**
   * Writes the file unless it has this commit already; a write waits for the one before it. Throws `GitError`:
   * `DiskFull`, `DataDirNotWritable`.
   */
  async record(branch: string, commit: Oid): Promise<void> {
    const before = this.#writing;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#writing = promise;
    try {
      await before;
      await this.#record(branch, commit);
    } finally {
      resolve();
    }
  }

  async #record(branch: string, commit: Oid): Promise<void> {
    if (this.#commits.get(branch) === commit) return;
    const next = new Map([...this.#commits, [branch, commit]]);
    const text = [...next].map(([ref, oid]) => `${oid} ${ref}\n`).join("");
    this.#repository.reachFailpoint("record followed", "before");
    await withLocalFiles(() => replaceFile(this.#repository.followedFile, text));
    this.#commits = next;
    this.#repository.reachFailpoint("record followed", "after");
  }
}
