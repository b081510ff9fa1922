import type { Oid } from "../../../core/identity/oid.ts";
import { cleanText, interpretFailure } from "../errors.ts";
import type { BareRepository } from "./bare-repository.ts";

/** Questions about how commits follow each other; each starts a process. */
export class History {
  readonly #repository: BareRepository;

  constructor(repository: BareRepository) {
    this.#repository = repository;
  }

  /** The commit at which two histories part; undefined if they have nothing in common. */
  async mergeBase(a: Oid, b: Oid): Promise<Oid | undefined> {
    const { code, stdout } = await this.#repository.tryLocal(["merge-base", a, b]);
    return code === 0 ? stdout.toString().trim() : undefined;
  }

  /** The last commits up to `commit` that changed a folder, `except` for folders in it: the newest first, `limit` at most. */
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
      return { commit: line.slice(0, blank), author: cleanText(line.slice(blank + 1), []) };
    });
  }

  /** Whether `commit` has `ancestor` in its history, or is it; false too where one of them is not here at all. */
  async contains(commit: Oid, ancestor: Oid): Promise<boolean> {
    const { code, stderr } = await this.#repository.tryLocal(["merge-base", "--is-ancestor", ancestor, commit]);
    if (code === 0 || code === 1) return code === 0;
    const found = await Promise.all([ancestor, commit].map((oid) => this.#repository.reader.info(oid)));
    if (found.includes(undefined)) return false;
    throw interpretFailure(stderr);
  }
}
