import type { GitChange, RefStep } from "./change.ts";

/** Refs in one push; each takes two arguments, and a command line has an end. */
const maxRefs = 300;

/** Decides which changes, planned one after another against the same refs, may go out in one push. */
export class BatchPlan {
  readonly #claims = new Set<string>();
  /** Folders above the claims. */
  readonly #aboveClaims = new Set<string>();
  readonly #refs = new Map<string, "shared" | "alone">();
  readonly #newRefs = new Set<string>();
  readonly #aboveNewRefs = new Set<string>();

  /** Takes a change in, or says no: then it has to be planned again after this push. */
  add(change: GitChange, isNew: (ref: string) => boolean): boolean {
    const touched = refsOf(change);
    if (this.#claimsOverlap(change) || this.#refsOverlap(touched) || this.#namesCollide(touched, isNew)) return false;
    if (this.#refs.size > 0 && this.#refs.size + touched.size > maxRefs) return false;
    for (const claim of change.claims) {
      this.#claims.add(claim);
      for (const folder of foldersAbove(claim)) this.#aboveClaims.add(folder);
    }
    for (const [ref, sharing] of touched) {
      this.#refs.set(ref, sharing);
      if (!isNew(ref)) continue;
      this.#newRefs.add(ref);
      for (const folder of foldersAbove(ref)) this.#aboveNewRefs.add(folder);
    }
    return true;
  }

  #claimsOverlap(change: GitChange): boolean {
    return change.claims.some(
      (claim) =>
        this.#claims.has(claim) ||
        this.#aboveClaims.has(claim) ||
        foldersAbove(claim).some((folder) => this.#claims.has(folder)),
    );
  }

  #refsOverlap(touched: ReadonlyMap<string, "shared" | "alone">): boolean {
    return [...touched].some(([ref, sharing]) => {
      const taken = this.#refs.get(ref);
      return taken !== undefined && (taken === "alone" || sharing === "alone");
    });
  }

  #namesCollide(touched: ReadonlyMap<string, unknown>, isNew: (ref: string) => boolean): boolean {
    return [...touched.keys()].some(
      (ref) => isNew(ref) && (this.#aboveNewRefs.has(ref) || foldersAbove(ref).some((name) => this.#newRefs.has(name))),
    );
  }
}

/**
 * Only commits can share a ref, as a chain, and only if both changes say which folders they are about: otherwise the
 * second was planned without seeing the first.
 */
function refsOf(change: GitChange): ReadonlyMap<string, "shared" | "alone"> {
  const sharing = (step: RefStep) => (step.kind === "commit" && change.claims.length > 0 ? "shared" : "alone");
  const refs = new Map<string, "shared" | "alone">();
  for (const step of change.steps) refs.set(step.ref, refs.get(step.ref) === "alone" ? "alone" : sharing(step));
  return refs;
}

/** `""` is the root, above everything. */
function foldersAbove(path: string): string[] {
  if (path === "") return [];
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index).join("/"));
}
