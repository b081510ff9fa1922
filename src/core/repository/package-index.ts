import { compare } from "../identity/compare.ts";
import { compareRevisions, latestRevision, nextRevision } from "../identity/revision.ts";
import type { Classified, DraftBranch, PublishedRef, Skipped, Tombstone } from "./classify-ref.ts";
import { NameClaims } from "./name-claims.ts";
import { PackageFolders } from "./package-folders.ts";
import { ReservedRevisions } from "./reserved-revisions.ts";

/** A package and all its refs. */
export interface PackageEntry {
  readonly path: string;
  readonly published: ReadonlyMap<string, PublishedRef>;
  readonly drafts: ReadonlyMap<string, DraftBranch>;
  /** Numbers of deleted revisions: they are never used again. */
  readonly deleted: ReadonlySet<string>;
}

interface MutableEntry extends PackageEntry {
  readonly published: Map<string, PublishedRef>;
  readonly drafts: Map<string, DraftBranch>;
  readonly deleted: Set<string>;
  latest: string | undefined;
}

export type Discovered = PublishedRef | DraftBranch;

export interface IndexCounts {
  readonly packages: number;
  readonly published: number;
  readonly drafts: number;
  readonly skipped: number;
}

/**
 * The package revisions of one Repository, by their refs. The cost of an update, and of all queries but `skipped`, does
 * not depend on the number of refs.
 */
export class PackageIndex {
  /** The classification of each ref; a ref that gets no object name is skipped. */
  readonly #refs = new Map<string, Classified>();
  readonly #packages = new Map<string, MutableEntry>();
  readonly #claims: NameClaims;
  /** The packages that have a revision or a draft. */
  readonly #folders = new PackageFolders();
  readonly #skipped = new Map<string, Skipped>();
  readonly #reserved = new ReservedRevisions();
  #counts = { published: 0, drafts: 0 };

  /** @param repository The name of the Repository, a part of every object name. */
  constructor(repository: string) {
    this.#claims = new NameClaims(repository);
  }

  /**
   * Applies the new state of a ref; undefined: it was deleted. Returns the names of the objects that need a reconcile:
   * their own ref has changed, or whether they are the latest revision, or the latest revision that drafts are compared
   * with.
   */
  update(ref: string, current: Classified | undefined): ReadonlySet<string> {
    const found = current?.kind === "published" || current?.kind === "draft" ? current : undefined;
    const renamed = this.#claims.replace(ref, found);
    const affected = new Set<string>();
    const changes = [...new Set([ref, ...renamed.keys()])].map((one) => {
      for (const name of [renamed.get(one), this.#claims.nameOf(one)]) if (name !== undefined) affected.add(name);
      const after = one === ref && found === undefined ? current : this.#classificationOf(one);
      return { before: this.#refs.get(one), after };
    });
    const both = changes.flatMap(({ before, after }) => [before, after]);
    const paths = new Set(both.flatMap((one) => (one !== undefined && "path" in one ? [one.path] : [])));
    const latestBefore = [...paths].map((path) => [path, this.latest(path)?.revision] as const);
    for (const { before } of changes) if (before !== undefined) this.#remove(before);
    for (const { after } of changes) if (after !== undefined) this.#add(after);
    for (const [path, latest] of latestBefore) {
      if (this.latest(path)?.revision !== latest) this.#addAffectedByLatest(path, latest, affected);
    }
    for (const one of both) if (one?.kind === "tombstone") this.#addAffectedByTombstone(one, affected);
    return affected;
  }

  /** The revision or draft of the object with that name. */
  byName(name: string): Discovered | undefined {
    const ref = this.#claims.holder(name);
    return ref === undefined ? undefined : this.#claims.found(ref);
  }

  /** The object names of all revisions and drafts. */
  names(): Iterable<string> {
    return this.#claims.names();
  }

  package(path: string): PackageEntry | undefined {
    return this.#packages.get(path);
  }

  /** The newest published revision of a package. */
  latest(path: string): PublishedRef | undefined {
    const entry = this.#packages.get(path);
    return entry?.latest === undefined ? undefined : entry.published.get(entry.latest);
  }

  /** The published revision before the given one; undefined if there is none. */
  previous(path: string, revision: string): PublishedRef | undefined {
    const published = this.#packages.get(path)?.published ?? new Map<string, PublishedRef>();
    const older = [...published.keys()].filter((one) => compareRevisions(one, revision) < 0);
    const latest = latestRevision(older);
    return latest === undefined ? undefined : published.get(latest);
  }

  /** The number of the next publication: never one of a published or deleted revision, or of a skipped tag. */
  next(path: string): string {
    const entry = this.#packages.get(path);
    return nextRevision([...(entry?.published.keys() ?? []), ...(entry?.deleted ?? []), ...this.#reserved.at(path)]);
  }

  /** The packages below a folder, as paths from the repository's root. */
  nested(path: string): readonly string[] {
    return this.#folders.below(path);
  }

  /** The packages whose folders contain a path. */
  enclosing(path: string): readonly string[] {
    return this.#folders.above(path);
  }

  isDraft(ref: string): boolean {
    return this.#refs.get(ref)?.kind === "draft";
  }

  counts(): IndexCounts {
    return { packages: this.#folders.size, ...this.#counts, skipped: this.#skipped.size };
  }

  /** The first refs, by name, that are no package revisions. */
  skipped(limit: number): readonly Skipped[] {
    return [...this.#skipped.values()].sort((a, b) => compare(a.ref, b.ref)).slice(0, limit);
  }

  /** A tombstone affects the revision whose tag was restored under its number. */
  #addAffectedByTombstone({ path, revision }: Tombstone, affected: Set<string>): void {
    const restored = this.#packages.get(path)?.published.get(revision);
    const name = restored === undefined ? undefined : this.#claims.nameOf(restored.ref);
    if (name !== undefined) affected.add(name);
  }

  /** A new latest revision affects itself, the former one, and the drafts of the package. */
  #addAffectedByLatest(path: string, formerLatest: string | undefined, affected: Set<string>): void {
    const entry = this.#packages.get(path);
    const former = formerLatest === undefined ? undefined : entry?.published.get(formerLatest);
    for (const one of [former, this.latest(path), ...(entry?.drafts.values() ?? [])]) {
      const name = one === undefined ? undefined : this.#claims.nameOf(one.ref);
      if (name !== undefined) affected.add(name);
    }
  }

  /** The classification of a revision or draft: skipped without an object name. */
  #classificationOf(ref: string): Classified | undefined {
    const found = this.#claims.found(ref);
    if (found === undefined || this.#claims.nameOf(ref) !== undefined) return found;
    const message = "another ref already has the name of its object";
    return { kind: "skipped", ref, reason: "NameConflict", message };
  }

  #add(ref: Classified): void {
    this.#refs.set(ref.ref, ref);
    if (ref.kind === "skipped") {
      this.#skipped.set(ref.ref, ref);
      this.#reserved.add(ref.ref);
      return;
    }
    const entry = this.#entry(ref.path);
    if (ref.kind === "tombstone") {
      entry.deleted.add(ref.revision);
      return;
    }
    if (ref.kind === "published") {
      entry.published.set(ref.revision, ref);
      entry.latest = latestRevision([ref.revision, ...(entry.latest === undefined ? [] : [entry.latest])]);
    } else entry.drafts.set(ref.workspace, ref);
    this.#folders.add(entry.path);
    this.#counts[ref.kind === "published" ? "published" : "drafts"]++;
  }

  #remove(ref: Classified): void {
    this.#refs.delete(ref.ref);
    this.#skipped.delete(ref.ref);
    if (ref.kind === "skipped") {
      this.#reserved.delete(ref.ref);
      return;
    }
    const entry = this.#entry(ref.path);
    if (ref.kind === "tombstone") entry.deleted.delete(ref.revision);
    else {
      if (ref.kind === "published") {
        entry.published.delete(ref.revision);
        if (entry.latest === ref.revision) entry.latest = latestRevision(entry.published.keys());
      } else entry.drafts.delete(ref.workspace);
      this.#counts[ref.kind === "published" ? "published" : "drafts"]--;
    }
    if (entry.published.size + entry.drafts.size > 0) return;
    this.#folders.delete(entry.path);
    if (entry.deleted.size === 0) this.#packages.delete(entry.path);
  }

  #entry(path: string): MutableEntry {
    const existing = this.#packages.get(path);
    if (existing !== undefined) return existing;
    const entry = { path, published: new Map(), drafts: new Map(), deleted: new Set<string>(), latest: undefined };
    this.#packages.set(path, entry);
    return entry;
  }
}
