import { objectName } from "../identity/names.ts";
import { compareRevisions, latestRevision, nextRevision } from "../identity/revision.ts";
import type { Classified, DraftBranch, PublishedRef, Skipped } from "./classify.ts";

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
  readonly #repository: string;
  readonly #refs = new Map<string, Classified>();
  readonly #packages = new Map<string, MutableEntry>();
  readonly #names = new Map<string, string>();
  readonly #nameOf = new Map<string, string>();
  readonly #live = new Set<string>();
  /** Folder → the packages below it. */
  readonly #below = new Map<string, Set<string>>();
  readonly #skipped = new Map<string, Skipped>();
  #counts = { published: 0, drafts: 0 };

  /** `repository`: the Repository's name, part of every object name. */
  constructor(repository: string) {
    this.#repository = repository;
  }

  /** Takes in what a ref is now (undefined: gone); returns the names of the objects that it touches. */
  update(ref: string, now: Classified | undefined): ReadonlySet<string> {
    const touched = new Set<string>();
    const before = this.#refs.get(ref);
    const paths = new Set([before, now].flatMap((one) => (one !== undefined && "path" in one ? [one.path] : [])));
    const latestBefore = [...paths].map((path) => [path, this.latest(path)?.revision] as const);
    if (before !== undefined) this.#remove(before, touched);
    if (now !== undefined) this.#add(now, touched);
    for (const [path, latest] of latestBefore) {
      if (this.latest(path)?.revision !== latest) this.#touchPackage(path, latest, touched);
    }
    return touched;
  }

  /** What the object of that name is in Git. */
  byName(name: string): Discovered | undefined {
    const ref = this.#names.get(name);
    const found = ref === undefined ? undefined : this.#refs.get(ref);
    return found?.kind === "published" || found?.kind === "draft" ? found : undefined;
  }

  /** The object name of every revision and draft. */
  names(): Iterable<string> {
    return this.#names.keys();
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

  /** The next number of ours: numbers of deleted revisions are never used again. */
  next(path: string): string {
    const entry = this.#packages.get(path);
    return nextRevision([...(entry?.published.keys() ?? []), ...(entry?.deleted ?? [])]);
  }

  /** The packages below a folder, as paths from the repository's root. */
  nested(path: string): readonly string[] {
    return [...(this.#below.get(path) ?? [])].sort();
  }

  /** The packages whose folders hold this one. */
  enclosing(path: string): readonly string[] {
    return foldersAbove(path).filter((folder) => this.#live.has(folder));
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

  /** A new latest revision is news for it, for the one before it, and for the package's drafts, which began from one. */
  #touchPackage(path: string, formerLatest: string | undefined, touched: Set<string>): void {
    const entry = this.#packages.get(path);
    const former = formerLatest === undefined ? undefined : entry?.published.get(formerLatest);
    for (const one of [former, this.latest(path), ...(entry?.drafts.values() ?? [])]) {
      const name = one === undefined ? undefined : this.#nameOf.get(one.ref);
      if (name !== undefined) touched.add(name);
    }
  }

  #add(now: Classified, touched: Set<string>): void {
    const name = this.#claimName(now);
    if (now.kind === "skipped" || name === "taken") {
      const message = "another ref already has the name of its object";
      const skipped =
        now.kind === "skipped" ? now : ({ kind: "skipped", ref: now.ref, reason: "NameConflict", message } as const);
      this.#refs.set(now.ref, skipped);
      this.#skipped.set(now.ref, skipped);
      return;
    }
    this.#refs.set(now.ref, now);
    const entry = this.#entry(now.path);
    if (now.kind === "tombstone") entry.deleted.add(now.revision);
    else {
      if (name !== undefined) touched.add(name);
      if (now.kind === "published") {
        entry.published.set(now.revision, now);
        entry.latest = latestRevision([now.revision, ...(entry.latest === undefined ? [] : [entry.latest])]);
      } else entry.drafts.set(now.workspace, now);
      this.#setLive(entry, true);
      this.#counts[now.kind === "published" ? "published" : "drafts"]++;
    }
  }

  #remove(before: Classified, touched: Set<string>): void {
    this.#refs.delete(before.ref);
    this.#skipped.delete(before.ref);
    if (before.kind === "skipped") return;
    const entry = this.#entry(before.path);
    if (before.kind === "tombstone") entry.deleted.delete(before.revision);
    else {
      if (before.kind === "published") {
        entry.published.delete(before.revision);
        if (entry.latest === before.revision) entry.latest = latestRevision(entry.published.keys());
      } else entry.drafts.delete(before.workspace);
      this.#counts[before.kind === "published" ? "published" : "drafts"]--;
      const name = this.#nameOf.get(before.ref);
      if (name !== undefined) touched.add(name);
      if (name !== undefined && this.#names.get(name) === before.ref) this.#names.delete(name);
      this.#nameOf.delete(before.ref);
    }
    if (entry.published.size + entry.drafts.size > 0) return;
    this.#setLive(entry, false);
    if (entry.deleted.size === 0) this.#packages.delete(entry.path);
  }

  /** A published revision of ours keeps the name its draft had; others are named by their revision. */
  #claimName(found: Classified): string | "taken" | undefined {
    if (found.kind === "skipped" || found.kind === "tombstone") return undefined;
    const workspaces =
      found.kind === "draft"
        ? [found.workspace]
        : [...(found.stamp === undefined ? [] : [found.stamp.workspace]), found.revision];
    for (const workspace of workspaces) {
      const name = objectName(this.#repository, found.location, workspace);
      const holder = this.#names.get(name);
      if (holder !== undefined && holder !== found.ref && !this.#gives(holder, found)) continue;
      if (holder !== undefined) this.#nameOf.delete(holder);
      this.#names.set(name, found.ref);
      this.#nameOf.set(found.ref, name);
      return name;
    }
    return "taken";
  }

  /** A draft gives its name to the revision that was published from it: in one push the tag may be seen first. */
  #gives(holder: string, found: Discovered): boolean {
    return found.kind === "published" && this.#refs.get(holder)?.kind === "draft";
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
