import { MAIN_REVISION } from "../../../api/v1alpha1/package-identity.ts";
import { compare } from "../../../core/identity/compare.ts";
import { branchRef } from "../../../core/identity/refs.ts";
import { parseRevision } from "../../../core/identity/revision.ts";
import { GitError } from "../errors.ts";
import type { RefusedRef } from "../refs/ref-table.ts";
import type { MirrorReader } from "./mirror-reader.ts";
import type { RefIndex } from "./ref-index.ts";

/** How many branches a message names, of how many characters. */
const MAX_NAMED = 5;
const MAX_NAME = 60;

/** True if `upstream.revision` names the published branch: `main`, or its own name unless that is a revision. */
export function isMain(mainRef: string, revision: string | undefined): boolean {
  if (revision === undefined || parseRevision(revision) !== undefined) return false;
  return revision === MAIN_REVISION || branchRef(revision) === mainRef;
}

/** Names the branches that may be meant: those without a folder first, which no draft has. */
export function describeMissingMain(mainRef: string, branches: readonly string[]): string {
  const name = (ref: string) => ref.slice("refs/heads/".length);
  const depth = (ref: string) => name(ref).split("/").length;
  const named = branches
    .toSorted((a, b) => depth(a) - depth(b) || compare(a, b))
    .map(name)
    .filter(({ length }) => length <= MAX_NAME)
    .slice(0, MAX_NAMED);
  const more = branches.length > named.length ? ", …" : "";
  const there = named.length === 0 ? "" : ` (it has ${named.join(", ")}${more})`;
  return `the remote has no branch ${name(mainRef)}${there}`;
}

/**
 * A branch that the mirror does not hold and that is no draft, whose name has several parts: the end of a sentence with
 * the reason. With one, a remote is not empty.
 */
export function findUnreadableBranch(refused: Iterable<RefusedRef>): string | undefined {
  const found = Iterator.from(refused).find(({ ref }) => /^refs\/heads\/[^/]+$/.test(ref));
  return found && `, and ${found.ref} cannot be read: ${found.message}`;
}

/** Throws `GitError`: `BadObjects` if git refuses the published branch, `BranchNotFound` if it is missing. */
export function assertMainUsable({ mainRef, hadMain, packages, mirror }: RefIndex): void {
  const refused = mirror.refusedRefs().get(mainRef);
  if (refused !== undefined) throw new GitError("BadObjects", `${mainRef}: ${refused.message}`);
  const refs = mirror.refs();
  if (refs.has(mainRef)) return;
  // With nothing but drafts, the first publication creates the branch.
  const branches = [...refs.keys()].filter(isBranch);
  const unread = findUnreadableBranch(mirror.refusedRefs().values());
  if (!hadMain && unread === undefined && branches.every((ref) => packages.isDraft(ref))) return;
  const shown = branches.filter((ref) => !packages.isDraft(ref) && !mirror.resemblesSecret(ref));
  const why = unread === undefined || mirror.resemblesSecret(unread) ? "" : unread;
  throw new GitError("BranchNotFound", `${describeMissingMain(mainRef, shown)}${why}`);
}

/** True for a remote in which a branch would be the first one. */
export function hasNoBranch(mirror: Pick<MirrorReader, "refs" | "refusedRefs">): boolean {
  return ![...mirror.refs().keys(), ...mirror.refusedRefs().keys()].some(isBranch);
}

function isBranch(ref: string): boolean {
  return ref.startsWith("refs/heads/");
}
