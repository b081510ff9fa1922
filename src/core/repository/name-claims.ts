import { objectName } from "../identity/names.ts";
import { compareRevisions } from "../identity/revision.ts";
import type { DraftBranch, PublishedRef } from "./classify-ref.ts";

type Found = PublishedRef | DraftBranch;

/** A ref that an object is to be named for; `names`: those that would do, the best first. */
interface Claim {
  readonly found: Found;
  readonly names: readonly string[];
}

/** The ref that changed, and those that have another name because of it, each with the name it had. */
export type Renamed = ReadonlyMap<string, string | undefined>;

/**
 * Which ref names which object, where several would have the same name: published before drafts (a draft leaves its
 * name to what was published from it; in one push the tag may be seen first), then the older revision. Every ref has
 * the best of its names that no ref before it has, so the answer does not depend on the order in which refs were seen.
 */
export class NameClaims {
  readonly #repository: string;
  readonly #claims = new Map<string, Claim>();
  /** Name → the refs for which it would do. */
  readonly #wanted = new Map<string, Set<string>>();
  readonly #holders = new Map<string, string>();
  readonly #names = new Map<string, string>();

  constructor(repository: string) {
    this.#repository = repository;
  }

  /** The ref that has a name. */
  holder(name: string): string | undefined {
    return this.#holders.get(name);
  }

  /** The name of a ref; undefined where others have all that would do. */
  nameOf(ref: string): string | undefined {
    return this.#names.get(ref);
  }

  names(): Iterable<string> {
    return this.#holders.keys();
  }

  found(ref: string): Found | undefined {
    return this.#claims.get(ref)?.found;
  }

  /** Takes in what a ref is now (undefined: nothing that is named). */
  replace(ref: string, now: Found | undefined): Renamed {
    const renamed = new Map<string, string | undefined>();
    this.#remove(ref, renamed);
    if (now !== undefined) this.#add({ found: now, names: this.#namesFor(now) }, renamed);
    return new Map([...renamed].filter(([one, before]) => one === ref || this.#names.get(one) !== before));
  }

  /** A published revision of ours keeps the name its draft had; others are named by their revision. */
  #namesFor(found: Found): readonly string[] {
    const recorded = found.trailers === undefined ? [] : [found.trailers.workspace];
    const workspaces = found.kind === "draft" ? [found.workspace] : [...recorded, found.revision];
    return [...new Set(workspaces.map((workspace) => objectName(this.#repository, found.location, workspace)))];
  }

  #add(claim: Claim, renamed: Map<string, string | undefined>): void {
    this.#claims.set(claim.found.ref, claim);
    for (const name of claim.names) {
      const wanted = this.#wanted.get(name);
      if (wanted === undefined) this.#wanted.set(name, new Set([claim.found.ref]));
      else wanted.add(claim.found.ref);
    }
    // Who loses a name to the newcomer looks on among its own names.
    let seeking: Claim | undefined = claim;
    while (seeking !== undefined) seeking = this.#settle(seeking, renamed);
  }

  /** Gives a ref without a name the best it can have; returns the claim that lost it thereby. */
  #settle(claim: Claim, renamed: Map<string, string | undefined>): Claim | undefined {
    for (const name of claim.names) {
      const holder = this.#holders.get(name);
      const loser = holder === undefined ? undefined : this.#claims.get(holder);
      if (loser !== undefined && compareClaims(loser, claim) < 0) continue;
      if (loser !== undefined) this.#rename(loser.found.ref, undefined, renamed);
      this.#rename(claim.found.ref, name, renamed);
      return loser;
    }
    return undefined;
  }

  #remove(ref: string, renamed: Map<string, string | undefined>): void {
    const claim = this.#claims.get(ref);
    if (claim === undefined) return;
    let vacant = this.#names.get(ref);
    this.#rename(ref, undefined, renamed);
    this.#claims.delete(ref);
    for (const name of claim.names) {
      const wanted = this.#wanted.get(name);
      wanted?.delete(ref);
      if (wanted?.size === 0) this.#wanted.delete(name);
    }
    // Who moves up to the free name leaves another one free.
    while (vacant !== undefined) vacant = this.#fill(vacant, renamed);
  }

  /** Gives a free name to the first that would rather have it; returns the name that is free thereby. */
  #fill(name: string, renamed: Map<string, string | undefined>): string | undefined {
    const takers = [...(this.#wanted.get(name) ?? [])].flatMap((ref) => this.#claims.get(ref) ?? []);
    const [taker] = takers.filter((one) => this.#prefers(one, name)).sort(compareClaims);
    if (taker === undefined) return undefined;
    const left = this.#names.get(taker.found.ref);
    this.#rename(taker.found.ref, name, renamed);
    return left;
  }

  #prefers({ found, names }: Claim, name: string): boolean {
    const has = this.#names.get(found.ref);
    return has === undefined || names.indexOf(name) < names.indexOf(has);
  }

  #rename(ref: string, name: string | undefined, renamed: Map<string, string | undefined>): void {
    const before = this.#names.get(ref);
    if (!renamed.has(ref)) renamed.set(ref, before);
    if (before !== undefined) this.#holders.delete(before);
    if (name === undefined) this.#names.delete(ref);
    else {
      this.#names.set(ref, name);
      this.#holders.set(name, ref);
    }
  }
}

function compareClaims(a: Claim, b: Claim): number {
  if (a.found.kind !== b.found.kind) return a.found.kind === "published" ? -1 : 1;
  const byRevision =
    a.found.kind === "published" && b.found.kind === "published"
      ? compareRevisions(a.found.revision, b.found.revision)
      : 0;
  return byRevision || (a.found.ref < b.found.ref ? -1 : a.found.ref > b.found.ref ? 1 : 0);
}
