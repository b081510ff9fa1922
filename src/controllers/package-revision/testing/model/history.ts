import { isBelow } from "../../../../core/identity/location.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import type { MirrorReader } from "../../../../storage/git/package-store/mirror-reader.ts";
import type { ModelCommit, ModelRemote } from "./remote.ts";

const NO_COMMIT = { parents: [], author: "" } as const;

/** Questions about the order of commits, answered as git answers them. */
export class ModelHistory
  implements Pick<MirrorReader["history"], "contains" | "mergeBase" | "changesOf" | "commitsBeyond">
{
  readonly #remote: ModelRemote;
  readonly #has: (commit: Oid) => boolean;

  constructor(remote: ModelRemote, has: (commit: Oid) => boolean) {
    this.#remote = remote;
    this.#has = has;
  }

  async contains(commit: Oid, ancestor: Oid): Promise<boolean> {
    return this.#has(commit) && this.#has(ancestor) && this.#remote.contains(commit, ancestor);
  }

  async mergeBase(a: Oid, b: Oid): Promise<Oid | undefined> {
    const left = this.#remote.history([a]);
    // Ids grow with time: the newest of the common ancestors.
    return [...this.#remote.history([b])]
      .filter((one) => left.has(one))
      .sort()
      .at(-1);
  }

  async commitsBeyond(commit: Oid, main: Oid | undefined, limit: number): Promise<readonly Oid[]> {
    const beyond = this.#remote.history([commit]).difference(this.#remote.history(main === undefined ? [] : [main]));
    // Ids grow with time: a commit comes before its ancestors.
    return [...beyond].sort().reverse().slice(0, limit);
  }

  /** As `git log -- FOLDER` simplifies the history: the first parent that has the same folder is followed. */
  async changesOf(
    from: Oid,
    folder: string,
    except: readonly string[],
    limit: number,
  ): Promise<readonly { readonly commit: Oid; readonly author: string }[]> {
    const { trees, commits } = this.#remote;
    const isOwn = (path: string) => isBelow(path, folder) && !except.some((one) => path === one || isBelow(path, one));
    const at = (commit: Oid) =>
      trees.id(new Map([...this.#remote.filesAt(commit)].filter(([path]) => isOwn(path)))) ?? "absent";
    const changes: { commit: Oid; author: string }[] = [];
    for (let commit: Oid | undefined = from; commit !== undefined && changes.length < limit; ) {
      const { parents, author }: Pick<ModelCommit, "parents" | "author"> = commits.get(commit) ?? NO_COMMIT;
      const now = at(commit);
      const same: Oid | undefined = parents.find((one) => at(one) === now);
      if (same === undefined && (parents.length > 0 || now !== "absent")) changes.push({ commit, author });
      commit = same ?? parents[0];
    }
    return changes;
  }
}
