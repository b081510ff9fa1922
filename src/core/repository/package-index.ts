import { parseRef } from "../identity/refs.ts";
import { compareRevisions, latestRevision, nextRevision, parseRevision } from "../identity/revision.ts";
import type { Classified, DraftBranch, PublishedRef, Skipped, Tombstone } from "./classify-ref.ts";
import { NameClaims } from "./name-claims.ts";

/** A package and everything that Git has of it. */
export interface PackageEntry {
  readonly path: string;
  readonly published: ReadonlyMap<string, PublishedRef>;
  readonly drafts: ReadonlyMap<string, DraftBranch>;
  /** Revisions whose numbers are used up though they are deleted. */
  readonly deleted: ReadonlySet<string>;
}

interface MutableEntry extends PackageEntry {
  readonly published: Map<string, PublishedRef>;
  readonly drafts: Map<string, DraftBranch>;
  readonly deleted: Set<string>;
  latest: string | undefined;
}

export type Discovered = PublishedRef | DraftBranch;

/**
 * Every package revision of one Repository, by its refs. Taking in a changed ref costs the same however many others
 * there are; so does every question but `skipped`.
 */
export class PackageIndex {
  /** What each ref counts as: one that got no name is skipped. */
  readonly #refs = new Map<string, Classified>();
  readonly #packages = new Map<string, MutableEntry>();
  readonly #claims: NameClaims;
  readonly #live = new Set<string>();
  /** Folder → the packages below it. */
  readonly #below = new Map<string, Set<string>>();
  readonly #skipped = new Map<string, Skipped>();
  /** Folder → the numbers of tags that are no package revisions: they cannot be used again beside them. */
  readonly #taken = new Map<string, Set<string>>();
  #counts = { published: 0, drafts: 0 };

  /** `repository`: the Repository's name, part of every object name. */
  constructor(repository: string) {
    this.#claims = new NameClaims(repository);
  }

  /** Takes in what a ref is now (undefined: gone); returns the names of the objects that it touches. */
  update(ref: string, now: Classified | undefined): ReadonlySet<string> {
    const found = now?.kind === "published" || now?.kind === "draft" ? now : undefined;
    const renamed = this.#claims.replace(ref, found);
    const touched = new Set<string>();
    const changes = [...new Set([ref, ...renamed.keys()])].map((one) => {
      for (const name of [renamed.get(one), this.#claims.nameOf(one)]) if (name !== undefined) touched.add(name);
      return { before: this.#refs.get(one), after: one === ref && found === undefined ? now : this.#countedAs(one) };
    });
    const both = changes.flatMap(({ before, after }) => [before, after]);
    const paths = new Set(both.flatMap((one) => (one !== undefined && "path" in one ? [one.path] : [])));
    const latestBefore = [...paths].map((path) => [path, this.latest(path)?.revision] as const);
    for (const { before } of changes) if (before !== undefined) this.#remove(before);
    for (const { after } of changes) if (after !== undefined) this.#add(after);
    for (const [path, latest] of latestBefore) {
      if (this.latest(path)?.revision !== latest) this.#touchPackage(path, latest, touched);
    }
    for (const one of both) if (one?.kind === "tombstone") this.#touchDeleted(one, touched);
    return touched;
  }

  /** What the object of that name is in Git. */
  byName(name: string): Discovered | undefined {
    const ref = this.#claims.holder(name);
    return ref === undefined ? undefined : this.#claims.found(ref);
  }

  /** The object name of every revision and draft. */
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

  /** The published revision before the given one; undefined if it was the first. */
  previous(path: string, revision: string): PublishedRef | undefined {
    const published = this.#packages.get(path)?.published ?? new Map<string, PublishedRef>();
    const older = [...published.keys()].filter((one) => compareRevisions(one, revision) < 0);
    const latest = latestRevision(older);
    return latest === undefined ? undefined : published.get(latest);
  }

  /**
   * The next number of ours: numbers of deleted revisions are never used again, nor those of tags that were skipped.
   */
  next(path: string): string {
    const entry = this.#packages.get(path);
    const taken = this.#taken.get(path) ?? [];
    return nextRevision([...(entry?.published.keys() ?? []), ...(entry?.deleted ?? []), ...taken]);
  }

  /** The packages below a folder, as paths from the repository's root. */
  nested(path: string): readonly string[] {
    return [...(this.#below.get(path) ?? [])].sort();
  }

  /** The packages whose folders hold this one. */
  enclosing(path: string): readonly string[] {
    return foldersAbove(path).filter((folder) => this.#live.has(folder));
  }

  isDraft(ref: string): boolean {
    return this.#refs.get(ref)?.kind === "draft";
  }

  counts(): {
    readonly packages: number;
    readonly published: number;
    readonly drafts: number;
    readonly skipped: number;
  } {
    return { packages: this.#live.size, ...this.#counts, skipped: this.#skipped.size };
  }

  /** The first refs that are no package revisions, by name. */
  skipped(limit: number): readonly Skipped[] {
    return [...this.#skipped.values()].sort((a, b) => (a.ref < b.ref ? -1 : 1)).slice(0, limit);
  }

  /** A tombstone is news for what was brought back under its number. */
  #touchDeleted({ path, revision }: Tombstone, touched: Set<string>): void {
    const back = this.#packages.get(path)?.published.get(revision);
    const name = back === undefined ? undefined : this.#claims.nameOf(back.ref);
    if (name !== undefined) touched.add(name);
  }

  /**
   * A new latest revision is news for it, for the one before it, and for the package's drafts, which began from one.
   */
  #touchPackage(path: string, formerLatest: string | undefined, touched: Set<string>): void {
    const entry = this.#packages.get(path);
    const former = formerLatest === undefined ? undefined : entry?.published.get(formerLatest);
    for (const one of [former, this.latest(path), ...(entry?.drafts.values() ?? [])]) {
      const name = one === undefined ? undefined : this.#claims.nameOf(one.ref);
      if (name !== undefined) touched.add(name);
    }
  }

  /** What a ref that is named, or would be, counts as. */
  #countedAs(ref: string): Classified | undefined {
    const found = this.#claims.found(ref);
    if (found === undefined || this.#claims.nameOf(ref) !== undefined) return found;
    const message = "another ref already has the name of its object";
    return { kind: "skipped", ref, reason: "NameConflict", message };
  }

  #add(now: Classified): void {
    this.#refs.set(now.ref, now);
    if (now.kind === "skipped") {
      this.#skipped.set(now.ref, now);
      this.#take(now.ref, true);
      return;
    }
    const entry = this.#entry(now.path);
    if (now.kind === "tombstone") {
      entry.deleted.add(now.revision);
      return;
    }
    if (now.kind === "published") {
      entry.published.set(now.revision, now);
      entry.latest = latestRevision([now.revision, ...(entry.latest === undefined ? [] : [entry.latest])]);
    } else entry.drafts.set(now.workspace, now);
    this.#setLive(entry, true);
    this.#counts[now.kind === "published" ? "published" : "drafts"]++;
  }

  #remove(before: Classified): void {
    this.#refs.delete(before.ref);
    this.#skipped.delete(before.ref);
    if (before.kind === "skipped") {
      this.#take(before.ref, false);
      return;
    }
    const entry = this.#entry(before.path);
    if (before.kind === "tombstone") entry.deleted.delete(before.revision);
    else {
      if (before.kind === "published") {
        entry.published.delete(before.revision);
        if (entry.latest === before.revision) entry.latest = latestRevision(entry.published.keys());
      } else entry.drafts.delete(before.workspace);
      this.#counts[before.kind === "published" ? "published" : "drafts"]--;
    }
    if (entry.published.size + entry.drafts.size > 0) return;
    this.#setLive(entry, false);
    if (entry.deleted.size === 0) this.#packages.delete(entry.path);
  }

  #take(ref: string, taken: boolean): void {
    const name = parseRef(ref);
    if (name.kind !== "tag" || parseRevision(name.leaf) === undefined) return;
    const numbers = this.#taken.get(name.folder) ?? new Set();
    if (taken) this.#taken.set(name.folder, numbers.add(name.leaf));
    else if (numbers.delete(name.leaf) && numbers.size === 0) this.#taken.delete(name.folder);
  }

  #entry(path: string): MutableEntry {
    const known = this.#packages.get(path);
    if (known !== undefined) return known;
    const entry = { path, published: new Map(), drafts: new Map(), deleted: new Set<string>(), latest: undefined };
    this.#packages.set(path, entry);
    return entry;
  }

  /** A package is one while it has a revision or a draft; its used-up numbers stay known beyond that. */
  #setLive(entry: PackageEntry, live: boolean): void {
    if (this.#live.has(entry.path) === live) return;
    if (live) this.#live.add(entry.path);
    else this.#live.delete(entry.path);
    for (const folder of foldersAbove(entry.path)) {
      const below = this.#below.get(folder) ?? new Set();
      this.#below.set(folder, below);
      if (live) below.add(entry.path);
      else below.delete(entry.path);
    }
  }
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
