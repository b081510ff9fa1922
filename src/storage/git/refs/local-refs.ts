import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Oid } from "../../../core/identity/oid.ts";
import { interpretFailure, withLocalFiles } from "../error-patterns.ts";
import { GitError, isLocalDiskError } from "../errors.ts";
import { mkdirp } from "../exec/mkdirp.ts";
import type { GitResult } from "../exec/run-git.ts";
import { inBatches } from "../in-batches.ts";
import type { BareRepository } from "../mirror/bare-repository.ts";
import { LineReader } from "./line-reader.ts";
import { writePackedRefs } from "./packed-refs.ts";
import { parseRefs, REF_FORMAT } from "./parse-refs.ts";
import type { Ref } from "./ref-table.ts";
import { tooManyRefs } from "./remote-refs.ts";

/** Objects that are asked for at the same time. */
const MAX_CONCURRENT_READS = 256;

/**
 * The refs in a mirror's directory. The results of pushes are written all at once, before the next command that needs
 * them: to delete one branch git rewrites all packed refs.
 */
export class LocalRefs {
  readonly #repository: BareRepository;
  /** Pushed values that are not written yet; null: deleted. */
  readonly #unwritten = new Map<string, Oid | null>();

  constructor(repository: BareRepository) {
    this.#repository = repository;
  }

  /** The next `flush` writes these. */
  recordPush(updates: readonly { readonly ref: string; readonly to: Oid | null }[]): void {
    for (const { ref, to } of updates) this.#unwritten.set(ref, to);
  }

  /** The directory was created again: nothing is left to be written. */
  reset(): void {
    this.#unwritten.clear();
  }

  /** Writes the refs of pushes. Starts a git process if there are any. Throws as `write`. */
  async flush(): Promise<void> {
    const deleted: string[] = [];
    const set = new Map<string, Oid>();
    for (const [ref, to] of this.#unwritten) {
      if (to === null) deleted.push(ref);
      else set.set(ref, to);
    }
    await this.write(deleted, set);
    this.#unwritten.clear();
  }

  /**
   * Deletes and sets refs. Starts a git process if there are any. Throws `GitError`: `MirrorCorrupt` if git cannot
   * write them, `DiskFull`, `DataDirNotWritable`.
   */
  async write(deleted: readonly string[], set: ReadonlyMap<string, Oid>): Promise<void> {
    if (deleted.length === 0 && set.size === 0) return;
    const deletions = deleted.map((name) => `delete ${name}`);
    const updates = [...set].map(([name, oid]) => `update ${name} ${oid}`);
    const { code, stderr } = await this.#updateRefs(deletions, updates);
    if (code !== 0) throw refsError(stderr);
  }

  /** Deletions first, in a transaction of their own: within one, a branch `a` cannot replace `a/b`. */
  async #updateRefs(...transactions: readonly (readonly string[])[]): Promise<GitResult> {
    // `start` and `commit` make git print a line: simple-git waits 50 ms for a child that prints nothing.
    const lines = transactions.flatMap((commands) => ["start", ...commands, "commit"]);
    return await this.#repository.tryLocal(["update-ref", "--stdin"], `${lines.join("\n")}\n`);
  }

  /**
   * Makes these (full name → object id) all of the refs, in the one file of packed refs: a ref of its own is a file and
   * two folders. The objects must exist. Throws `GitError`: `DiskFull`, `DataDirNotWritable`.
   */
  async replaceAll(refs: ReadonlyMap<string, Oid>): Promise<void> {
    const { dir } = this.#repository;
    this.#repository.reachFailpoint("write packed refs", "before");
    await withLocalFiles(async () => {
      await writePackedRefs(dir, refs);
      // Refs of their own would count instead of the packed ones. Killed in between, the next fetch finds them
      // outdated.
      for (const kind of ["heads", "tags"]) {
        await rm(join(dir, "refs", kind), { recursive: true, force: true });
        await mkdirp(join(dir, "refs", kind));
      }
    });
    this.#repository.reachFailpoint("write packed refs", "after");
  }

  /**
   * The refs with these names or prefixes, tags peeled. Starts a git process. Throws `GitError`: `TooManyRefs` if there
   * are more than `limits.refs`.
   */
  async read(patterns: readonly string[]): Promise<Ref[]> {
    if (patterns.length === 0) return [];
    const { limits } = this.#repository.settings;
    const lines = new LineReader();
    const refs: Ref[] = [];
    const tagsOfTags: number[] = [];
    await this.#repository.streamLocal(["for-each-ref", `--format=${REF_FORMAT}`, ...patterns], (chunk) => {
      for (const { ref, needsPeeling } of parseRefs(lines.read(chunk))) {
        if (needsPeeling) tagsOfTags.push(refs.length);
        refs.push(ref);
      }
      if (refs.length > limits.refs) throw tooManyRefs(limits);
    });
    await inBatches(tagsOfTags, MAX_CONCURRENT_READS, async (index) => {
      const ref = refs[index];
      const commit = ref && (await this.#repository.reader.info(`${ref.oid}^{commit}`));
      if (ref !== undefined && commit !== undefined) refs[index] = { ...ref, commit: commit.oid };
    });
    return refs;
  }
}

/** No other process moves these refs: an obstacle is damage, unless the disk is the cause. */
function refsError(stderr: string): GitError {
  const error = interpretFailure(stderr);
  return isLocalDiskError(error) ? error : new GitError("MirrorCorrupt", error.message);
}
