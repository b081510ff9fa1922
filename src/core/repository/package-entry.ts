import { latestRevision } from "../identity/revision.ts";
import type { Classified, DraftBranch, PublishedRef, Skipped } from "./classify-ref.ts";

/** A package and all its refs. */
export interface PackageEntry {
  readonly path: string;
  readonly published: ReadonlyMap<string, PublishedRef>;
  readonly drafts: ReadonlyMap<string, DraftBranch>;
  /** Numbers of deleted revisions: they are never used again. */
  readonly deleted: ReadonlySet<string>;
  /** Workspace → the revisions whose tags say that they were published from it. */
  readonly recorded: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Follows the refs of a package. */
export class PackageRefs implements PackageEntry {
  readonly path: string;
  readonly published = new Map<string, PublishedRef>();
  readonly drafts = new Map<string, DraftBranch>();
  readonly deleted = new Set<string>();
  readonly recorded = new Map<string, Set<string>>();
  #latest: string | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** The newest published revision. */
  get latest(): PublishedRef | undefined {
    return this.#latest === undefined ? undefined : this.published.get(this.#latest);
  }

  add(ref: Exclude<Classified, Skipped>): void {
    if (ref.kind === "tombstone") this.deleted.add(ref.revision);
    else if (ref.kind === "draft") this.drafts.set(ref.workspace, ref);
    else {
      this.published.set(ref.revision, ref);
      this.#record(ref);
      this.#latest = latestRevision([ref.revision, ...(this.#latest === undefined ? [] : [this.#latest])]);
    }
  }

  remove(ref: Exclude<Classified, Skipped>): void {
    if (ref.kind === "tombstone") this.deleted.delete(ref.revision);
    else if (ref.kind === "draft") this.drafts.delete(ref.workspace);
    else {
      this.published.delete(ref.revision);
      this.#unrecord(ref);
      if (this.#latest === ref.revision) this.#latest = latestRevision(this.published.keys());
    }
  }

  #record({ trailers, revision }: PublishedRef): void {
    if (trailers === undefined) return;
    const revisions = this.recorded.get(trailers.workspace) ?? new Set();
    this.recorded.set(trailers.workspace, revisions.add(revision));
  }

  #unrecord({ trailers, revision }: PublishedRef): void {
    if (trailers === undefined) return;
    const revisions = this.recorded.get(trailers.workspace);
    revisions?.delete(revision);
    if (revisions?.size === 0) this.recorded.delete(trailers.workspace);
  }
}
