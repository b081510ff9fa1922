import { nextRevision } from "../identity/revision.ts";
import { revisionKey, workspaceKey } from "../identity/revision-key.ts";
import type { Classified, DraftBranch, PublishedRef, Skipped, Tombstone } from "./classify-ref.ts";
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

export interface IndexCounts {
  readonly packages: number;
  readonly published: number;
  readonly drafts: number;
  readonly skipped: number;
}

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
  #counts = { published: 0, drafts: 0 };

  /** @param repository The name of the Repository, a part of every key. */
  constructor(repository: string) {
    this.#repository = repository;
  }

  /**
   * Applies the new state of a ref; undefined: it was deleted. Returns the package revisions that need a reconcile:
   * their own ref has changed, or whether they are the latest revision, or the latest revision that drafts are compared
   * with.
   */
  update(ref: string, current: Classified | undefined): ChangedRevisions {
    const affected = new Map<string, readonly string[]>();
    const before = this.#refs.get(ref);
    const both = [before, current];
    for (const one of both) this.#addKeys(one, affected);
    const paths = new Set(both.flatMap((one) => (one !== undefined && "path" in one ? [one.path] : [])));
    const latestBefore = [...paths].map((path) => [path, this.latest(path)] as const);
    if (before !== undefined) this.#remove(before);
    if (current !== undefined) this.#add(current);
    for (const [path, latest] of latestBefore) {
      if (this.latest(path)?.revision !== latest?.revision) this.#addAffectedByLatest(path, latest, affected);
    }
    for (const one of both) if (one?.kind === "tombstone") this.#addAffectedByTombstone(one, affected);
    return affected;
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

  /** The number of the next publication: never one of a published or deleted revision, or of a skipped tag. */
  next(path: string): string {
    const entry = this.#packages.get(path);
    const latest = [entry?.revisions.latest, entry?.deleted.latest, this.#reserved.latest(path)];
    return nextRevision(latest.filter((one) => one !== undefined));
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
   * @param except the branch that is being classified: its previous class does not count
   */
  isPackage(path: string, except?: string): boolean {
    const entry = this.#packages.get(path);
    if (entry === undefined) return false;
    const others = except !== undefined && entry.made.has(except) ? 1 : 0;
    return entry.published.size > 0 || entry.made.size > others;
  }

  /** Why a tag of a revision does not count, though it exists. */
  notVerified(ref: string): string | undefined {
    const skipped = this.#refs.get(ref);
    return skipped?.kind === "skipped" && skipped.reason === "NotVerified" ? skipped.message : undefined;
  }

  isDraft(ref: string): boolean {
    return this.#refs.get(ref)?.kind === "draft";
  }

  counts(): IndexCounts {
    return { packages: this.#folders.size, ...this.#counts, skipped: this.#skipped.size };
  }

  /** The first refs, by name, that are no package revisions; tags that are not verified come before all others. */
  skipped(limit: number): readonly Skipped[] {
    return this.#skipped.first(limit);
  }

  /** A tombstone affects the revision whose tag was restored under its number. */
  #addAffectedByTombstone({ path, revision }: Tombstone, affected: Map<string, readonly string[]>): void {
    this.#addKeys(this.#packages.get(path)?.published.get(revision), affected);
  }

  /** A new latest revision affects itself, the former one, and the drafts of the package. */
  #addAffectedByLatest(path: string, former: PublishedRef | undefined, affected: Map<string, readonly string[]>): void {
    const drafts = this.#packages.get(path)?.drafts.values() ?? [];
    for (const one of [former, this.latest(path), ...drafts]) this.#addKeys(one, affected);
  }

  #addKeys(one: Classified | undefined, affected: Map<string, readonly string[]>): void {
    if (one?.kind !== "draft" && one?.kind !== "published") return;
    // Until its status has the revision, an object is known by the workspace that it was published from.
    const workspace = one.kind === "draft" ? one.workspace : one.trailers?.workspace;
    const keys = [
      ...(one.kind === "draft" ? [] : [revisionKey(this.#repository, one.location, one.revision)]),
      ...(workspace === undefined ? [] : [workspaceKey(this.#repository, one.location, workspace)]),
    ];
    affected.set(one.ref, [...new Set([...(affected.get(one.ref) ?? []), ...keys])]);
  }

  #add(ref: Classified): void {
    this.#refs.set(ref.ref, ref);
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

  #entry(path: string): PackageRefs {
    const entry = this.#packages.get(path) ?? new PackageRefs(path);
    this.#packages.set(path, entry);
    return entry;
  }
}
