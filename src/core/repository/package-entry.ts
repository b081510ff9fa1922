import type { Oid } from "../identity/oid.ts";
import { SortedRevisions } from "../identity/sorted-revisions.ts";
import type { DraftBranch, PublishedRef, Tombstone } from "./classify-ref.ts";

type PackageRef = PublishedRef | DraftBranch | Tombstone;

/** A package and all its refs. */
export interface PackageEntry {
  readonly path: string;
  readonly published: ReadonlyMap<string, PublishedRef>;
  /** The numbers of the published revisions. */
  readonly revisions: Order;
  readonly drafts: ReadonlyMap<string, DraftBranch>;
  /** Refs of the drafts whose branches the operator made. */
  readonly made: ReadonlySet<string>;
  /** Commit → the number of published revisions at it. */
  readonly commits: ReadonlyMap<Oid, number>;
  /** Numbers of deleted revisions: they are never used again. */
  readonly deleted: Order;
  /** Workspace → the revisions whose tags say that they were published from it. */
  readonly recorded: ReadonlyMap<string, Order>;
}

type Order = Omit<SortedRevisions, "add" | "delete">;

/** Follows the refs of a package. */
export class PackageRefs implements PackageEntry {
  readonly path: string;
  readonly published = new Map<string, PublishedRef>();
  readonly revisions = new SortedRevisions();
  readonly drafts = new Map<string, DraftBranch>();
  readonly made = new Set<string>();
  readonly commits = new Map<Oid, number>();
  readonly deleted = new SortedRevisions();
  readonly recorded = new Map<string, SortedRevisions>();

  constructor(path: string) {
    this.path = path;
  }

  /** The newest published revision. */
  get latest(): PublishedRef | undefined {
    return this.published.get(this.revisions.latest ?? "");
  }

  add(ref: PackageRef): void {
    if (ref.kind === "tombstone") this.deleted.add(ref.revision);
    else if (ref.kind === "draft") {
      this.drafts.set(ref.workspace, ref);
      if (ref.trailers !== undefined) this.made.add(ref.ref);
    } else {
      this.published.set(ref.revision, ref);
      this.revisions.add(ref.revision);
      this.commits.set(ref.commit, (this.commits.get(ref.commit) ?? 0) + 1);
      this.#record(ref);
    }
  }

  remove(ref: PackageRef): void {
    if (ref.kind === "tombstone") this.deleted.delete(ref.revision);
    else if (ref.kind === "draft") {
      this.drafts.delete(ref.workspace);
      this.made.delete(ref.ref);
    } else {
      this.published.delete(ref.revision);
      this.revisions.delete(ref.revision);
      const others = (this.commits.get(ref.commit) ?? 0) - 1;
      if (others > 0) this.commits.set(ref.commit, others);
      else this.commits.delete(ref.commit);
      this.#unrecord(ref);
    }
  }

  #record({ trailers, revision }: PublishedRef): void {
    if (trailers === undefined) return;
    const revisions = this.recorded.get(trailers.workspace) ?? new SortedRevisions();
    revisions.add(revision);
    this.recorded.set(trailers.workspace, revisions);
  }

  #unrecord({ trailers, revision }: PublishedRef): void {
    if (trailers === undefined) return;
    const revisions = this.recorded.get(trailers.workspace);
    revisions?.delete(revision);
    if (revisions?.size === 0) this.recorded.delete(trailers.workspace);
  }
}
