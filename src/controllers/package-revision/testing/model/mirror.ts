import type { Oid } from "../../../../core/identity/oid.ts";
import { type Classified, classifyRef, folderOfRef, type RefFacts } from "../../../../core/repository/classify-ref.ts";
import { isConfirmed } from "../../../../core/repository/history-rewrite.ts";
import { PackageIndex } from "../../../../core/repository/package-index.ts";
import { parseCommitMetadata } from "../../../../core/revision/commit-trailers.ts";
import type { ModelRef, ModelRemote } from "./remote.ts";

export const LAYOUT = { directory: "", deployment: false } as const;
export const MAIN = "refs/heads/main";

/** The operator's copy of the remote, and what it knows by it: as `git/mirror` and `repository/state` keep it. */
export class ModelMirror {
  readonly remote: ModelRemote;
  readonly index = new PackageIndex("blue");
  refs: ReadonlyMap<string, ModelRef> = new Map();
  /** Commits that were fetched: what the remote has lost is here still. */
  #objects: ReadonlySet<Oid> = new Set();
  readonly #facts = new Map<string, RefFacts>();
  mainFollowed: Oid | undefined;
  mainLost: Oid | undefined;

  /** @param before the mirror of the process before: its refs and objects are on the disk. */
  constructor(remote: ModelRemote, before?: { readonly mirror: ModelMirror }, followed?: Oid) {
    this.remote = remote;
    this.mainFollowed = followed;
    if (before === undefined) return;
    this.#objects = before.mirror.#objects;
    this.take(before.mirror.refs);
  }

  get mainCommit(): Oid | undefined {
    return this.refs.get(MAIN)?.commit;
  }

  fetch(): void {
    this.#objects = this.#objects.union(this.remote.reachable());
    this.take(this.remote.refs);
  }

  has(commit: Oid): boolean {
    return this.#objects.has(commit);
  }

  contains(commit: Oid, ancestor: Oid): boolean {
    return this.has(commit) && this.has(ancestor) && this.remote.contains(commit, ancestor);
  }

  /** Takes in the refs that differ, after a fetch or a push of ours. */
  take(refs: ReadonlyMap<string, ModelRef>): void {
    const names = new Set([...this.refs.keys(), ...refs.keys()]);
    const moved = [...names].filter((ref) => this.refs.get(ref)?.oid !== refs.get(ref)?.oid);
    this.#objects = this.#objects.union(this.remote.history([...refs.values()].map((ref) => ref.commit)));
    this.refs = refs;
    if (moved.includes(MAIN)) this.#followMain();
    const again = moved.includes(MAIN) ? [...this.#facts.values()].filter(isUnrecordedBranch) : [];
    const others = moved.filter((ref) => ref !== MAIN);
    for (const ref of others) {
      const at = refs.get(ref);
      if (at === undefined) this.#facts.delete(ref);
      else this.#facts.set(ref, this.#gather(ref, at));
    }
    for (const ref of new Set([...others, ...again.map((one) => one.ref)])) {
      const facts = this.#facts.get(ref);
      this.index.update(ref, facts === undefined ? undefined : this.#judge(facts));
    }
  }

  acceptHistory(annotations: Readonly<Record<string, string>>): void {
    const { mainLost: lost, mainCommit: now } = this;
    if (lost === undefined || now === undefined || !isConfirmed({ lost, now }, annotations)) return;
    this.mainFollowed = now;
    this.mainLost = undefined;
  }

  #followMain(): void {
    const now = this.mainCommit;
    if (now === undefined) return;
    const goesOn = this.mainFollowed === undefined || this.contains(now, this.mainFollowed);
    this.mainLost = goesOn ? undefined : this.mainFollowed;
    if (goesOn) this.mainFollowed = now;
  }

  #gather(ref: string, { commit, message }: ModelRef): RefFacts {
    const folder = folderOfRef(ref);
    const tree = folder === undefined ? undefined : this.remote.treeAt(commit, folder);
    const text = message ?? (ref.startsWith("refs/heads/") ? this.remote.commits.get(commit)?.message : undefined);
    const trailers = text === undefined ? undefined : parseCommitMetadata(text);
    return { ref, commit, ...(tree !== undefined && { tree }), ...(trailers !== undefined && { trailers }) };
  }

  #judge(facts: RefFacts): Classified {
    const folder = facts.ref.startsWith("refs/heads/") ? folderOfRef(facts.ref) : undefined;
    const main = this.mainCommit;
    const mainTree = folder === undefined || main === undefined ? undefined : this.remote.treeAt(main, folder);
    return classifyRef(LAYOUT, facts, mainTree);
  }
}

function isUnrecordedBranch(facts: RefFacts): boolean {
  return facts.trailers === undefined && facts.ref.startsWith("refs/heads/");
}
