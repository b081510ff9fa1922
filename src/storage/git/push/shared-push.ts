import type { GitChange, RefStep } from "./change.ts";

/** Refs of one push. Each takes two arguments, and the length of a command line is limited. */
const MAX_REFS = 300;

type RefUse = "shared" | "exclusive";

/** Decides which of several changes, each planned against the same refs, can share one push. */
export class SharedPush {
  readonly #claims = new Set<string>();
  /** Parent folders of the claims. */
  readonly #claimParents = new Set<string>();
  readonly #refs = new Map<string, RefUse>();
  readonly #newRefs = new Set<string>();
  readonly #newRefParents = new Set<string>();

  /**
   * Adds a change, or returns false: then it must be planned again after this push. `isNew`: the ref does not exist.
   * The first change is always added.
   */
  add(change: GitChange, isNew: (ref: string) => boolean): boolean {
    const refs = refsOf(change);
    if (this.#claimsOverlap(change) || this.#refsOverlap(refs) || this.#namesCollide(refs, isNew)) return false;
    if (this.#refs.size > 0 && this.#refs.size + refs.size > MAX_REFS) return false;
    for (const claim of change.claims) {
      this.#claims.add(claim);
      for (const folder of parentsOf(claim)) this.#claimParents.add(folder);
    }
    for (const [ref, use] of refs) {
      this.#refs.set(ref, use);
      if (!isNew(ref)) continue;
      this.#newRefs.add(ref);
      for (const folder of parentsOf(ref)) this.#newRefParents.add(folder);
    }
    return true;
  }

  #claimsOverlap(change: GitChange): boolean {
    return change.claims.some(
      (claim) =>
        this.#claims.has(claim) ||
        this.#claimParents.has(claim) ||
        parentsOf(claim).some((folder) => this.#claims.has(folder)),
    );
  }

  #refsOverlap(refs: ReadonlyMap<string, RefUse>): boolean {
    return [...refs].some(([ref, use]) => {
      const other = this.#refs.get(ref);
      return other !== undefined && (other === "exclusive" || use === "exclusive");
    });
  }

  /** Git cannot hold `a` beside `a/b`. */
  #namesCollide(refs: ReadonlyMap<string, unknown>, isNew: (ref: string) => boolean): boolean {
    return [...refs.keys()].some(
      (ref) => isNew(ref) && (this.#newRefParents.has(ref) || parentsOf(ref).some((name) => this.#newRefs.has(name))),
    );
  }
}

/**
 * Only commits of changes with claims can share a ref: they become a chain. Without claims the second change might
 * depend on a folder that the first one changes.
 */
function refsOf(change: GitChange): ReadonlyMap<string, RefUse> {
  const useOf = (step: RefStep) => (step.kind === "commit" && change.claims.length > 0 ? "shared" : "exclusive");
  const refs = new Map<string, RefUse>();
  for (const step of change.steps) refs.set(step.ref, refs.get(step.ref) === "exclusive" ? "exclusive" : useOf(step));
  return refs;
}

/** All folders above a path, beginning with `""`, the root; none for the root itself. */
function parentsOf(path: string): readonly string[] {
  if (path === "") return [];
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index).join("/"));
}
