import type { Oid } from "../../../../core/identity/oid.ts";
import { refsConflict } from "../../../../core/identity/refs.ts";
import type { MirrorReader, PackageReader } from "../../../../storage/git/package-store/mirror-reader.ts";
import type { Ref } from "../../../../storage/git/refs/ref-table.ts";
import { ModelHistory } from "./history.ts";
import { ModelReader } from "./reader.ts";
import type { ModelRef, ModelRemote } from "./remote.ts";

export const MAIN = "refs/heads/main";

/** The operator's copy of the remote: refs as of the last fetch or push, and all objects that were fetched. */
export class ModelMirror implements MirrorReader {
  readonly remote: ModelRemote;
  readonly reader: PackageReader;
  readonly history: ModelHistory;
  readonly #watchers = new Set<(ref: string) => void>();
  #refs: ReadonlyMap<string, ModelRef> = new Map();
  #shown: ReadonlyMap<string, Ref> = new Map();
  /** Commits that were fetched: they stay here after the remote has lost them. */
  #objects: ReadonlySet<Oid> = new Set();
  readonly #followed = new Map<string, Oid>();

  /** @param before the mirror of the process before: all that it has is on the disk */
  constructor(remote: ModelRemote, before?: ModelMirror) {
    this.remote = remote;
    this.reader = new ModelReader(remote, (commit) => this.#objects.has(commit));
    this.history = new ModelHistory(remote, (commit) => this.#objects.has(commit));
    if (before === undefined) return;
    this.#objects = before.#objects;
    this.#followed = before.#followed;
    this.take(before.#refs);
  }

  refs(): ReadonlyMap<string, Ref> {
    return this.#shown;
  }

  /** The refs as the remote had them, for leases. */
  get leases(): ReadonlyMap<string, ModelRef> {
    return this.#refs;
  }

  watchRefs(watcher: (ref: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  findConflict(ref: string): string | undefined {
    return [...this.#refs.keys()].find((other) => refsConflict(other, ref));
  }

  resemblesSecret(): boolean {
    return false;
  }

  refusedRefs(): ReturnType<MirrorReader["refusedRefs"]> {
    return new Map();
  }

  followed(uid: string): Oid | undefined {
    return this.#followed.get(uid);
  }

  async recordFollowed(uid: string, commit: Oid): Promise<void> {
    this.#followed.set(uid, commit);
  }

  reportDamage(): void {
    throw new Error("the model's mirror is never damaged");
  }

  /** Drops the objects that no ref has any more, as a mirror does that is cloned again. */
  collectGarbage(): void {
    this.#objects = this.remote.history([...this.#refs.values()].map((ref) => ref.commit));
  }

  fetch(): void {
    this.#objects = this.#objects.union(this.remote.reachable());
    this.take(this.remote.refs);
  }

  /** Takes over the refs after a fetch or a push. */
  take(refs: ReadonlyMap<string, ModelRef>): void {
    const names = new Set([...this.#refs.keys(), ...refs.keys()]);
    const moved = [...names].filter((ref) => this.#refs.get(ref)?.oid !== refs.get(ref)?.oid);
    this.#objects = this.#objects.union(this.remote.history([...refs.values()].map((ref) => ref.commit)));
    this.#refs = refs;
    this.#shown = new Map([...refs].map(([name, ref]) => [name, asRef(name, ref)]));
    for (const ref of moved) for (const watcher of this.#watchers) watcher(ref);
  }
}

function asRef(name: string, { oid, commit, message }: ModelRef): Ref {
  return { name, oid, type: message === undefined ? "commit" : "tag", commit };
}
