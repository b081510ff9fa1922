import type { Oid } from "../identity/oid.ts";
import { revisionRef, tombstoneRef } from "../identity/refs.ts";
import { nextRevision } from "../identity/revision.ts";
import { revisionKey, workspaceKey } from "../identity/revision-key.ts";
import type { Classified, DeletedDraft, DraftBranch, PublishedRef, Tombstone } from "./classify-ref.ts";
import { type PackageEntry, PackageRefs } from "./package-entry.ts";
import { PackageFolders } from "./package-folders.ts";
import { ReservedRevisions } from "./reserved-revisions.ts";
import { SkippedRefs } from "./skipped-refs.ts";

export type Discovered = PublishedRef | DraftBranch;

/**
 * Ref of each package revision that has changed → the keys (`workspaceKey`, `revisionKey`) under which its object may
 * be known.
 */
export type ChangedRevisions = ReadonlyMap<string, readonly string[]>;

/** Collects changed package revisions, each with all of its keys. */
export class ChangeSet {
  readonly revisions = new Map<string, readonly string[]>();

  add(ref: string, keys: readonly string[]): void {
    const known = this.revisions.get(ref);
    this.revisions.set(ref, known === undefined ? [...new Set(keys)] : [...new Set([...known, ...keys])]);
  }
}

export interface IndexCounts {
  readonly packages: number;
  readonly published: number;
  readonly drafts: number;
  readonly skipped: number;
}

/** True if the object that began a draft is in the cluster, and is not being deleted. */
export type IsLive = (draft: DraftBranch) => boolean;

const NONE: ReadonlySet<string> = new Set();

/**
 * The package revisions of one Repository, by their refs. The cost of an update, and of all queries but `revisions` and
 * `skipped`, does not depend on the number of refs.
 */
export class PackageIndex {
  readonly #repository: string;
  readonly #refs = new Map<string, Classified>();
  readonly #packages = new Map<string, PackageRefs>();
  /** The packages that have a revision or a draft. */
  readonly #folders = new PackageFolders();
  /** The packages that have a revision. */
  readonly #publishedFolders = new PackageFolders();
  readonly #skipped = new SkippedRefs();
  readonly #reserved = new ReservedRevisions();
  readonly #deletedDrafts = new Map<string, DeletedDraft>();
  /** The uid of an object that was deleted as a draft → the tags that record it. */
  readonly #deletions = new Map<string, Set<DeletedDraft>>();
  #counts = { published: 0, drafts: 0 };

  /** @param repository The name of the Repository, a part of every key. */
  constructor(repository: string) {
    this.#repository = repository;
  }

  /**
   * Applies the new state of a ref; undefined: it was deleted. Adds the package revisions that need a reconcile to
   * `changed`, but for what a new latest revision of the package affects, which are all of its drafts: of many updates
   * that is added once, by `addAffectedByLatest`.
   */
  update(ref: string, current: Classified | undefined, changed: ChangeSet): void {
    const both = [this.#refs.get(ref), current];
    for (const one of both) this.#addKeys(one, changed);
    const [before] = both;
    if (before !== undefined) this.#remove(before);
    if (current !== undefined) this.#add(current);
    for (const one of both) if (one?.kind === "tombstone") this.#addAffectedByTombstone(one, changed);
  }

  /** A new latest revision affects itself, the former one, and the drafts of the package. */
  addAffectedByLatest(path: string, former: PublishedRef | undefined, changed: ChangeSet): void {
    const latest = this.latest(path);
    if (latest?.revision === former?.revision) return;
    const drafts = this.#packages.get(path)?.drafts.values() ?? [];
    for (const one of [former, latest, ...drafts]) this.#addKeys(one, changed);
  }

  /** Adds a ref to an index that does not have it. */
  load(ref: Classified): void {
    this.#add(ref);
  }

  /** The folders of the packages that an update concerns. */
  pathsOf(ref: string, current: Classified | undefined): readonly string[] {
    const both = [this.#refs.get(ref), current];
    return [...new Set(both.flatMap((one) => (one !== undefined && "path" in one ? [one.path] : [])))];
  }

  /** All revisions and drafts; of each package the newest revision first. */
  *revisions(): Iterable<Discovered> {
    for (const { drafts, published, revisions } of this.#packages.values()) {
      yield* drafts.values();
      for (const revision of revisions.newestFirst()) {
        const one = published.get(revision);
        if (one !== undefined) yield one;
      }
    }
  }

  /** All refs, as they were classified. */
  refs(): Iterable<Classified> {
    return this.#refs.values();
  }

  package(path: string): PackageEntry | undefined {
    return this.#packages.get(path);
  }

  /** The newest published revision of a package. */
  latest(path: string): PublishedRef | undefined {
    return this.#packages.get(path)?.latest;
  }

  /** The published revision before the given one; undefined if there is none. */
  previous(path: string, revision: string): PublishedRef | undefined {
    const entry = this.#packages.get(path);
    return entry?.published.get(entry.revisions.before(revision) ?? "");
  }

  /**
   * The number of the next publication: never one of a published or deleted revision, or of a skipped tag. A step for
   * each large number in a row that somebody pushed.
   */
  next(path: string): string {
    const entry = this.#packages.get(path);
    const latest = [entry?.revisions.latest, entry?.deleted.latest, this.#reserved.latest(path)];
    let next = nextRevision(latest.filter((one) => one !== undefined));
    while (this.#refs.has(revisionRef(path, next)) || this.#refs.has(tombstoneRef(path, next))) {
      next = nextRevision([next]);
    }
    return next;
  }

  /** The published packages below a folder, as paths from the repository's root: a branch ends no folder. */
  nested(path: string): readonly string[] {
    return this.#publishedFolders.below(path);
  }

  /** The published packages whose folders contain a path. */
  enclosing(path: string): readonly string[] {
    return this.#publishedFolders.above(path);
  }

  /** The packages above and below a folder, drafts included. */
  overlapping(path: string): readonly string[] {
    return [...this.#folders.above(path), ...this.#folders.below(path)];
  }

  /**
   * True for a folder with a published revision, or with a draft whose branch the operator made.
   * @param except branches that the operator has not made last any more: their previous class does not count
   */
  isPackage(path: string, except: ReadonlySet<string> = NONE): boolean {
    const entry = this.#packages.get(path);
    if (entry === undefined) return false;
    return entry.published.size > 0 || Iterator.from(entry.made).some((ref) => !except.has(ref));
  }

  /** True if a published revision of the folder is at this commit. */
  isPublished(path: string, commit: Oid | undefined): boolean {
    return commit !== undefined && this.#packages.get(path)?.commits.has(commit) === true;
  }

  /** True for a branch that is not shown because it is at the commit of a tag of its package. */
  isAlreadyPublished(ref: string): boolean {
    const known = this.#refs.get(ref);
    return known?.kind === "skipped" && known.reason === "AlreadyPublished";
  }

  /** Why a tag of a revision does not count, though it exists. */
  notVerified(ref: string): string | undefined {
    const skipped = this.#refs.get(ref);
    return skipped?.kind === "skipped" && skipped.reason === "NotVerified" ? skipped.message : undefined;
  }

  /** The tags that keep the last commits of deleted drafts. */
  deletedDrafts(): Iterable<string> {
    return this.#deletedDrafts.keys();
  }

  /**
   * True if the push that began a draft reached the remote after the draft was deleted or published: the operator was
   * killed, or the answer was lost. On a branch only the commits of that push have a uid. A branch at the commit that
   * the deletion has kept is not late: a user has restored it. Nor is the branch of an object that is there again, by a
   * restore of the cluster from before its deletion.
   */
  isLate(draft: DraftBranch, isLive: IsLive): boolean {
    const { path, workspace, commit, trailers } = draft;
    const uid = trailers?.uid;
    if (uid === undefined) return false;
    const deletions = this.#deletions.get(uid);
    if (deletions !== undefined) {
      if (Iterator.from(deletions).some(({ deleted }) => deleted?.commit === commit)) return false;
      if (!isLive(draft)) return true;
    }
    const entry = this.#packages.get(path);
    const publications = [...(entry?.recorded.get(workspace) ?? [])];
    return publications.some((revision) => entry?.published.get(revision)?.trailers?.uid === uid);
  }

  isLateBranch(ref: string, isLive: IsLive): boolean {
    const known = this.#refs.get(ref);
    return known?.kind === "draft" && this.isLate(known, isLive);
  }

  isDraft(ref: string): boolean {
    return this.#refs.get(ref)?.kind === "draft";
  }

  counts(): IndexCounts {
    return { packages: this.#folders.size, ...this.#counts, skipped: this.#skipped.size };
  }

  /** The refs that are no package revisions. */
  get skipped(): Pick<SkippedRefs, "size" | "groups"> {
    return this.#skipped;
  }

  /** A tombstone affects the revision whose tag was restored under its number. */
  #addAffectedByTombstone({ path, revision }: Tombstone, changed: ChangeSet): void {
    this.#addKeys(this.#packages.get(path)?.published.get(revision), changed);
  }

  #addKeys(one: Classified | undefined, changed: ChangeSet): void {
    if (one?.kind !== "draft" && one?.kind !== "published") return;
    // Until its status has the revision, an object is known by the workspace that it was published from.
    const workspace = one.kind === "draft" ? one.workspace : one.trailers?.workspace;
    const keys = [
      ...(one.kind === "draft" ? [] : [revisionKey(this.#repository, one.location, one.revision)]),
      ...(workspace === undefined ? [] : [workspaceKey(this.#repository, one.location, workspace)]),
    ];
    changed.add(one.ref, keys);
  }

  #add(ref: Classified): void {
    this.#refs.set(ref.ref, ref);
    if (ref.kind === "deletedDraft") {
      this.#addDeletion(ref);
      return;
    }
    if (ref.kind === "skipped") {
      this.#skipped.add(ref);
      this.#reserved.add(ref.ref);
      return;
    }
    const entry = this.#entry(ref.path);
    entry.add(ref);
    if (ref.kind === "tombstone") return;
    if (ref.kind === "published") this.#publishedFolders.add(entry.path);
    this.#folders.add(entry.path);
    this.#counts[ref.kind === "published" ? "published" : "drafts"]++;
  }

  #remove(ref: Classified): void {
    this.#refs.delete(ref.ref);
    if (ref.kind === "deletedDraft") {
      this.#removeDeletion(ref);
      return;
    }
    if (ref.kind === "skipped") {
      this.#skipped.delete(ref);
      this.#reserved.delete(ref.ref);
      return;
    }
    const entry = this.#entry(ref.path);
    entry.remove(ref);
    if (ref.kind === "published" && entry.published.size === 0) this.#publishedFolders.delete(entry.path);
    if (ref.kind !== "tombstone") this.#counts[ref.kind === "published" ? "published" : "drafts"]--;
    if (entry.published.size + entry.drafts.size > 0) return;
    this.#folders.delete(entry.path);
    if (entry.deleted.size === 0) this.#packages.delete(entry.path);
  }

  #addDeletion(one: DeletedDraft): void {
    this.#deletedDrafts.set(one.ref, one);
    if (one.deleted === undefined) return;
    const { uid } = one.deleted;
    this.#deletions.set(uid, (this.#deletions.get(uid) ?? new Set()).add(one));
  }

  #removeDeletion(one: DeletedDraft): void {
    this.#deletedDrafts.delete(one.ref);
    if (one.deleted === undefined) return;
    const same = this.#deletions.get(one.deleted.uid);
    same?.delete(one);
    if (same?.size === 0) this.#deletions.delete(one.deleted.uid);
  }

  #entry(path: string): PackageRefs {
    const entry = this.#packages.get(path) ?? new PackageRefs(path);
    this.#packages.set(path, entry);
    return entry;
  }
}
