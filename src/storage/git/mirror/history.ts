import type { Oid } from "../../../core/identity/oid.ts";
import { interpretFailure } from "../error-patterns.ts";
import { cleanText, WITHHELD_NAME } from "../error-text.ts";
import { resemblesSecret } from "../secret-likeness.ts";
import type { BareRepository } from "./bare-repository.ts";
import { LinearHistory } from "./linear-history.ts";

/**
 * Queries about the commit graph. All throw `GitError` (`Timeout`, `MirrorCorrupt`, …), and start a git process, except
 * `mergeBase`, `commitsBeyond` and `contains` where a short linear history answers.
 */
export class History {
  readonly #repository: BareRepository;
  readonly #linear: LinearHistory;

  constructor(repository: BareRepository) {
    this.#repository = repository;
    // Looked up at each call: a clone replaces the reader.
    this.#linear = new LinearHistory({ parents: async (commit) => await repository.reader.parents(commit) });
  }

  /** The best common ancestor of two commits; undefined if there is none. */
  async mergeBase(a: Oid, b: Oid): Promise<Oid | undefined> {
    const found = await this.#linear.mergeBase(a, b);
    if (found !== undefined) return found;
    const { code, stdout } = await this.#repository.tryLocal(["merge-base", a, b]);
    return code === 0 ? stdout.toString().trim() : undefined;
  }

  /**
   * The commits that a commit has in its history and `main` (undefined: none) has not; at most `limit`. A commit comes
   * before all of its ancestors, whatever times they name.
   */
  async commitsBeyond(commit: Oid, main: Oid | undefined, limit: number): Promise<readonly Oid[]> {
    const found = main === undefined ? undefined : await this.#linear.commitsBeyond(commit, main);
    if (found !== undefined) return found.slice(0, limit);
    const except = main === undefined ? [] : [`^${main}`];
    const options = ["--topo-order", `--max-count=${limit}`];
    const stdout = await this.#repository.runLocal(["rev-list", ...options, commit, ...except, "--"]);
    return stdout
      .toString()
      .split("\n")
      .filter((line) => line !== "");
  }

  /**
   * The commits up to `commit` that changed files in `folder`, but not only in the folders `except`; the newest first,
   * at most `limit`. Paths are relative to the repository's root. `author` is a name without control characters.
   */
  async changesOf(
    commit: Oid,
    folder: string,
    except: readonly string[],
    limit: number,
  ): Promise<readonly { readonly commit: Oid; readonly author: string }[]> {
    const paths = [`:(top,literal)${folder}`, ...except.map((path) => `:(top,literal,exclude)${path}`)];
    const stdout = await this.#repository.runLocal(["log", `-${limit}`, "--format=%H %an", commit, "--", ...paths]);
    const lines = stdout
      .toString()
      .split("\n")
      .filter((line) => line !== "");
    return lines.map((line) => {
      const blank = line.indexOf(" ");
      const name = line.slice(blank + 1);
      const isSecret = resemblesSecret(name, this.#repository.secrets);
      return { commit: line.slice(0, blank), author: isSecret ? WITHHELD_NAME : cleanText(name, []) };
    });
  }

  /** True if `ancestor` is `commit` or one of its ancestors; false also if the mirror does not have one of them. */
  async contains(commit: Oid, ancestor: Oid): Promise<boolean> {
    if (commit !== ancestor && (await this.#linear.leadsTo(commit, ancestor))) return true;
    const { code, stderr } = await this.#repository.tryLocal(["merge-base", "--is-ancestor", ancestor, commit]);
    if (code === 0 || code === 1) return code === 0;
    const found = await Promise.all([ancestor, commit].map((oid) => this.#repository.reader.info(oid)));
    if (found.includes(undefined)) return false;
    throw interpretFailure(stderr);
  }
}
