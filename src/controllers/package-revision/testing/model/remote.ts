import type { Oid } from "../../../../core/identity/oid.ts";
import { refsConflict } from "../../../../core/identity/refs.ts";
import { oid } from "../../../../core/testing/discovered.ts";
import { type GitChange, messageOf, type RefStep } from "../../../../storage/git/push/change.ts";
import { type Files, filesIn, TreeStore } from "./trees.ts";

/** The author of all that the operator commits. */
export const BY_US = "pkgserver";

export interface ModelCommit {
  readonly id: Oid;
  readonly parents: readonly Oid[];
  readonly files: Files;
  readonly message: string;
  readonly author: string;
}

export interface ModelRef {
  /** Of an annotated tag: the tag object's. */
  readonly oid: Oid;
  readonly commit: Oid;
  /** Of an annotated tag: its message, its name as the tag object has it, and who made it. */
  readonly message?: string;
  readonly name?: string;
  readonly author?: string;
}

/** What a push of the operator did, for those who watch over it. */
export interface Push {
  readonly change: GitChange;
  readonly before: ReadonlyMap<string, ModelRef>;
  readonly after: ReadonlyMap<string, ModelRef>;
}

/** A Git remote: commits, refs, and atomic pushes under leases. Objects are never lost, refs may be. */
export class ModelRemote {
  readonly trees = new TreeStore();
  readonly commits = new Map<Oid, ModelCommit>();
  /** Annotated tags, by the id of the tag object. */
  readonly tags = new Map<Oid, ModelRef>();
  refs: ReadonlyMap<string, ModelRef> = new Map();
  /** The name of every ref that ever was. */
  readonly everRefs = new Set<string>();
  /** Every push of the operator so far. */
  pushes = 0;
  readonly #onPush: (push: Push) => void;
  readonly #folders = new Map<string, Oid | undefined>();
  #next = 1;

  constructor(onPush: (push: Push) => void) {
    this.#onPush = onPush;
  }

  commit(parents: readonly Oid[], files: Files, message: string, author: string): Oid {
    const id = oid(this.#next++);
    this.commits.set(id, { id, parents, files, message, author });
    return id;
  }

  /** An annotated tag that no ref has yet. */
  tag(name: string, commit: Oid, message: string, author: string): ModelRef {
    const tag = { oid: oid(this.#next++), commit, message, name, author };
    this.tags.set(tag.oid, tag);
    return tag;
  }

  filesAt(commit: Oid | undefined): Files {
    return (commit === undefined ? undefined : this.commits.get(commit)?.files) ?? new Map();
  }

  /** The tree of a folder in a commit; undefined where it is not there. */
  treeAt(commit: Oid, folder: string): Oid | undefined {
    const key = `${commit} ${folder}`;
    if (!this.#folders.has(key)) this.#folders.set(key, this.trees.id(filesIn(this.filesAt(commit), folder)));
    return this.#folders.get(key);
  }

  /** Every commit that the given ones have in their history, themselves included. */
  history(heads: Iterable<Oid>): ReadonlySet<Oid> {
    const found = new Set<Oid>();
    const open = [...heads];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (found.has(id)) continue;
      found.add(id);
      open.push(...(this.commits.get(id)?.parents ?? []));
    }
    return found;
  }

  reachable(refs = this.refs): ReadonlySet<Oid> {
    return this.history([...refs.values()].map((ref) => ref.commit));
  }

  contains(commit: Oid, ancestor: Oid): boolean {
    return this.history([commit]).has(ancestor);
  }

  /** What anybody but the operator does; undefined: the ref goes. Names that Git cannot hold together are refused. */
  setRef(ref: string, to: ModelRef | undefined): boolean {
    if (to !== undefined && [...this.refs.keys()].some((one) => refsConflict(one, ref))) return false;
    const refs = new Map(this.refs);
    if (to === undefined) refs.delete(ref);
    else refs.set(ref, to);
    this.everRefs.add(ref);
    this.refs = refs;
    return true;
  }

  /** The operator's push: all steps, if every ref still is what its lease says; undefined: none. */
  push(
    change: GitChange,
    leases: ReadonlyMap<string, ModelRef>,
  ): ReadonlyMap<string, ModelRef | undefined> | undefined {
    const holds = ({ ref }: RefStep) => this.refs.get(ref)?.oid === leases.get(ref)?.oid;
    if (!change.steps.every(holds)) return undefined;
    const before = this.refs;
    const after = new Map(before);
    const applied = new Map<string, ModelRef | undefined>();
    for (const step of change.steps) {
      this.everRefs.add(step.ref);
      if (step.kind === "delete") after.delete(step.ref);
      else after.set(step.ref, this.#make(step, after.get(step.ref)));
      applied.set(step.ref, after.get(step.ref));
    }
    this.refs = after;
    this.pushes++;
    this.#onPush({ change, before, after });
    return applied;
  }

  #make(step: Exclude<RefStep, { kind: "delete" }>, present: ModelRef | undefined): ModelRef {
    if (step.kind === "tag") {
      if (present !== undefined) throw new Error(`${step.ref} exists already`);
      return this.tag(step.ref.slice("refs/tags/".length), step.target, step.message, BY_US);
    }
    const parent = present?.commit ?? step.from;
    const files = this.trees.apply(this.filesAt(parent), step.commit.edits);
    const parents = parent === undefined ? [] : [parent];
    const id = this.commit(parents, files, messageOf(step.commit, parent), BY_US);
    return { oid: id, commit: id };
  }
}
