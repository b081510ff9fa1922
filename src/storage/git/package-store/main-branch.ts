import { MAIN_REVISION } from "../../../api/v1alpha1/package-identity.ts";
import { compare } from "../../../core/identity/compare.ts";
import { branchRef } from "../../../core/identity/refs.ts";
import { parseRevision } from "../../../core/identity/revision.ts";

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
