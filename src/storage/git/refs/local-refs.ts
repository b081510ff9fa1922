import type { Oid } from "../../../core/identity/oid.ts";
import { GitError, interpretFailure } from "../errors.ts";
import type { GitResult } from "../exec/run-git.ts";
import type { BareRepository } from "../mirror/bare-repository.ts";
import { parseRefs, refFormat } from "./parse-refs.ts";
import type { Ref } from "./ref-table.ts";

/**
 * The refs that a mirror's folder itself holds. They follow pushes when git needs them, all in one go: letting each push move
 * them cost a rewrite of all packed refs for every branch that ended.
 */
export class LocalRefs {
  readonly #repository: BareRepository;
  /** Where pushes left refs that the folder does not say so of yet; null: gone. */
  readonly #behind = new Map<string, Oid | null>();

  constructor(repository: BareRepository) {
    this.#repository = repository;
  }

  /** Remembers what a push did. */
  follow(updates: readonly { readonly ref: string; readonly to: Oid | null }[]): void {
    for (const { ref, to } of updates) this.#behind.set(ref, to);
  }

  /** The folder was made anew: it is behind in nothing. */
  forget(): void {
    this.#behind.clear();
  }

  /** Brings the folder's refs up to what was pushed. Throws `GitError`, as `delete` does. */
  async write(): Promise<void> {
    if (this.#behind.size === 0) return;
    const gone: string[] = [];
    const moved: string[] = [];
    for (const [ref, to] of this.#behind) {
      if (to === null) gone.push(`delete ${ref}`);
      else moved.push(`update ${ref} ${to}`);
    }
    const { code, stderr } = await this.#updateRefs(gone, moved);
    if (code !== 0) throw refsError(stderr);
    this.#behind.clear();
  }

  /** Throws `GitError`: `MirrorCorrupt` where refs do not let themselves move. */
  async delete(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const { code, stderr } = await this.#updateRefs(names.map((name) => `delete ${name}`));
    if (code !== 0) throw refsError(stderr);
  }

  /** One transaction after the other: a branch `a` cannot take the place of `a/b` within one. */
  async #updateRefs(...transactions: readonly (readonly string[])[]): Promise<GitResult> {
    // With a transaction update-ref answers, and simple-git does not wait 50 ms for a child that said nothing.
    const lines = transactions.flatMap((commands) => ["start", ...commands, "commit"]);
    return await this.#repository.tryLocal(["update-ref", "--stdin"], `${lines.join("\n")}\n`);
  }

  /** What the folder says of these refs, or of all below these prefixes. */
  async read(patterns: readonly string[]): Promise<Ref[]> {
    const listed = parseRefs(await this.#repository.runLocal(["for-each-ref", `--format=${refFormat}`, ...patterns]));
    return await Promise.all(
      listed.map(async ({ ref, needsPeeling }) => {
        const commit = needsPeeling ? await this.#repository.reader.info(`${ref.oid}^{commit}`) : undefined;
        return commit === undefined ? ref : { ...ref, commit: commit.oid };
      }),
    );
  }
}

/** Nobody else moves these refs: what is in the way is damage, unless the disk is. */
function refsError(stderr: string): GitError {
  const error = interpretFailure(stderr);
  const isDisk = error.reason === "DiskFull" || error.reason === "DataDirNotWritable";
  return isDisk ? error : new GitError("MirrorCorrupt", error.message);
}
