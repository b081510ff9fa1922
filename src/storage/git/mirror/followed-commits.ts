import { readFile } from "node:fs/promises";
import type { Oid } from "../../../core/identity/oid.ts";
import { withLocalFiles } from "../error-patterns.ts";
import { replaceFile } from "../exec/replace-file.ts";
import type { BareRepository } from "./bare-repository.ts";

/** Repositories that come and go on one mirror leave a line each: the oldest are dropped. */
const MAX_REPOSITORIES = 1000;

/**
 * How far each Repository (by uid) has followed its branch of published packages: in memory, and in a file beside the
 * mirror, with a line `COMMIT UID` for each, the last recorded one last.
 */
export class FollowedCommits {
  readonly #repository: Pick<BareRepository, "followedFile" | "reachFailpoint">;
  #commits: ReadonlyMap<string, Oid> = new Map();
  #writing: Promise<void> = Promise.resolve();

  constructor(repository: Pick<BareRepository, "followedFile" | "reachFailpoint">) {
    this.#repository = repository;
  }

  /** Reads the file. What is missing, or what nobody could have written here, counts as empty. */
  async load(): Promise<void> {
    const text = await readFile(this.#repository.followedFile, "utf8").catch(() => "");
    const lines = text.matchAll(/^([0-9a-f]{40}|[0-9a-f]{64}) (\S+)$/gm);
    this.#commits = new Map([...lines].map(([, commit = "", uid = ""]) => [uid, commit]));
  }

  get(uid: string): Oid | undefined {
    return this.#commits.get(uid);
  }

  /**
   * Writes the file unless it has this commit already; a write waits for the one before it. Throws `GitError`:
   * `DiskFull`, `DataDirNotWritable`.
   */
  async record(uid: string, commit: Oid): Promise<void> {
    const before = this.#writing;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#writing = promise;
    try {
      await before;
      await this.#record(uid, commit);
    } finally {
      resolve();
    }
  }

  async #record(uid: string, commit: Oid): Promise<void> {
    if (this.#commits.get(uid) === commit) return;
    const others = [...this.#commits].filter(([one]) => one !== uid);
    const next = new Map([...others, [uid, commit] as const].slice(-MAX_REPOSITORIES));
    const text = [...next].map(([one, oid]) => `${oid} ${one}\n`).join("");
    this.#repository.reachFailpoint("record followed", "before");
    await withLocalFiles(() => replaceFile(this.#repository.followedFile, text));
    this.#commits = next;
    this.#repository.reachFailpoint("record followed", "after");
  }
}
