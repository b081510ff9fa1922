import { compare } from "../identity/compare.ts";
import { objectName } from "../identity/names.ts";
import { compareRevisions } from "../identity/revision.ts";
import type { DraftBranch, PublishedRef } from "./classify-ref.ts";

type Found = PublishedRef | DraftBranch;

/** A ref that needs an object name; `names`: the possible ones, the preferred one first. */
interface Claim {
  readonly found: Found;
  readonly names: readonly string[];
}

/** The changed ref, and the refs whose names changed with it, each with its former name. */
export type Renamed = ReadonlyMap<string, string | undefined>;

/**
 * Assigns unique object names to refs. Published revisions come before drafts: a draft passes its name to the revision
 * published from it, and of one push the tag may be processed first. Older revisions come before newer ones. Each ref
 * gets the first of its possible names that no ref before it has, so the result does not depend on the order of
 * updates.
 */
export class NameClaims {
  readonly #repository: string;
  readonly #claims = new Map<string, Claim>();
  /** Name → the refs that could have it. */
  readonly #candidates = new Map<string, Set<string>>();
  readonly #holders = new Map<string, string>();
  readonly #names = new Map<string, string>();

  constructor(repository: string) {
    this.#repository = repository;
  }

  /** The ref with that object name. */
  holder(name: string): string | undefined {
    return this.#holders.get(name);
  }

  /** The object name of a ref; undefined if other refs have all its possible names. */
  nameOf(ref: string): string | undefined {
    return this.#names.get(ref);
  }

  names(): Iterable<string> {
    return this.#holders.keys();
  }

  found(ref: string): Found | undefined {
    return this.#claims.get(ref)?.found;
  }

  /** Applies the new state of a ref; undefined: it no longer needs a name. */
  replace(ref: string, current: Found | undefined): Renamed {
    const renamed = new Map<string, string | undefined>();
    this.#remove(ref, renamed);
    if (current !== undefined) this.#add({ found: current, names: this.#namesFor(current) }, renamed);
    return new Map([...renamed].filter(([one, before]) => one === ref || this.#names.get(one) !== before));
  }

  /** A revision published by the operator keeps the name of its draft; other tags are named by their revision. */
  #namesFor(found: Found): readonly string[] {
    const recorded = found.trailers === undefined ? [] : [found.trailers.workspace];
    const workspaces = found.kind === "draft" ? [found.workspace] : [...recorded, found.revision];
    return [...new Set(workspaces.map((workspace) => objectName(this.#repository, found.location, workspace)))];
  }

  #add(claim: Claim, renamed: Map<string, string | undefined>): void {
    this.#claims.set(claim.found.ref, claim);
    for (const name of claim.names) {
      const candidates = this.#candidates.get(name);
      if (candidates === undefined) this.#candidates.set(name, new Set([claim.found.ref]));
      else candidates.add(claim.found.ref);
    }
    // A ref that loses its name takes another of its possible names.
    let unnamed: Claim | undefined = claim;
    while (unnamed !== undefined) unnamed = this.#assign(unnamed, renamed);
  }

  /** Names a ref that has no name; returns the claim that lost this name. */
  #assign(claim: Claim, renamed: Map<string, string | undefined>): Claim | undefined {
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
      const candidates = this.#candidates.get(name);
      candidates?.delete(ref);
      if (candidates?.size === 0) this.#candidates.delete(name);
    }
    // A ref that takes the free name frees its own.
    while (vacant !== undefined) vacant = this.#fill(vacant, renamed);
  }

  /** Gives a free name to the first ref that prefers it to its own; returns the name that becomes free. */
  #fill(name: string, renamed: Map<string, string | undefined>): string | undefined {
    const refs = [...(this.#candidates.get(name) ?? [])].flatMap((ref) => this.#claims.get(ref) ?? []);
    const [taker] = refs.filter((one) => this.#prefers(one, name)).sort(compareClaims);
    if (taker === undefined) return undefined;
    const freed = this.#names.get(taker.found.ref);
    this.#rename(taker.found.ref, name, renamed);
    return freed;
  }

  #prefers({ found, names }: Claim, name: string): boolean {
    const current = this.#names.get(found.ref);
    return current === undefined || names.indexOf(name) < names.indexOf(current);
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
  return byRevision || compare(a.found.ref, b.found.ref);
}
