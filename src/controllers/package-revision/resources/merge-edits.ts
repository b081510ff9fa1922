import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import { modeAfterEdit, planEdits } from "../../../core/files/edits.ts";
import { executablesNotListed } from "../../../core/files/executables.ts";
import { fileCountProblem, mergeFiles, placeProblems } from "../../../core/files/merge.ts";
import { type FILES_NOT_LISTED, notListed } from "../../../core/files/not-shown.ts";
import { type LINK_LEAVES_REPOSITORY, outgoingLinks } from "../../../core/files/outgoing-links.ts";
import { type ShownPackage, sameBytes, shownBytes } from "../../../core/files/package-file.ts";
import { type ContentsProblem, readPages } from "../../../core/files/pages.ts";
import { pageNumber } from "../../../core/identity/names.ts";
import { objectFormatOf } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { nestedFolders, type RevisionView } from "../../../core/revision/observation.ts";
import { isEdited } from "../../../core/revision/page-versions.ts";
import type { RevisionScope } from "../scope.ts";
import { readEditBase } from "./edit-base.ts";
import { precomputeBlobOids } from "./precompute-hashes.ts";

/** The files that a draft is to have. */
export interface Merged {
  readonly kind: "merged";
  readonly inGit: ShownPackage;
  readonly wanted: ReadonlyMap<string, Uint8Array>;
  /** The contents objects show other files than Git will have: they must be rewritten. */
  readonly rewrite: boolean;
}

export type EditProblem =
  | ContentsProblem
  | {
      readonly reason: "EmptyPackage" | "ContentConflict" | typeof LINK_LEAVES_REPOSITORY | typeof FILES_NOT_LISTED;
      readonly message: string;
    };

export type MergeResult = Merged | { readonly kind: "refused"; readonly problems: readonly EditProblem[] };

/** Merges the users' edits with commits that were pushed since the contents objects last showed the branch. */
export async function mergeEdits(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
): Promise<MergeResult> {
  const { name } = scope.object.metadata;
  const read = readPages(pages.map((page) => ({ number: pageNumber(name, page.metadata.name), spec: page.spec })));
  if ("problems" in read) return { kind: "refused", problems: read.problems };
  const inGit = await scope.store.readTree(view, draft.tree, scope.admit);
  const nested = nestedFolders(view);
  const problems = placeProblems(inGit.files, read.files, nested);
  if (problems.length > 0) return { kind: "refused", problems };
  const isPageMissing = pages.length < (pages[0]?.status?.pages ?? 1);
  // No user emptied a page that is missing: its files are those in Git.
  const wanted = isPageMissing ? new Map([...shownBytes(inGit.files), ...read.files]) : read.files;
  // The edits were made on what was rendered since. Their files are rendered again, in place of merging with that.
  if (isRenderOfShown(draft, pages)) return { kind: "merged", inGit, wanted, rewrite: isPageMissing };
  const base = await readEditBase(scope, view, draft, pages, read, inGit.files);
  if (base.kind === "current") return { kind: "merged", inGit, wanted, rewrite: isPageMissing };
  if (base.kind === "lost") return followBranch(draft, pages, inGit, wanted);
  const objectFormat = objectFormatOf(draft.commit);
  await precomputeBlobOids(wanted.values(), objectFormat);
  const merge = mergeFiles(base.files, inGit.files, wanted, objectFormat);
  if (merge.conflicts.length > 0) {
    const message =
      `changed here and by commit ${draft.commit} on ${draft.ref}: ${merge.conflicts.join(", ")}; ` +
      "give these files the branch's contents here, or push the ones from here";
    return { kind: "refused", problems: [{ reason: "ContentConflict", message }] };
  }
  const hidden = inGit.files.flatMap(({ path, bytes }) => (bytes === undefined ? [path] : []));
  const tooMany = fileCountProblem([...merge.files.keys(), ...hidden, ...nested]);
  if (tooMany !== undefined) return { kind: "refused", problems: [tooMany] };
  const rewrite = isPageMissing || planEdits(view.path, inGit.files, wanted, objectFormat).length > 0;
  return { kind: "merged", inGit, wanted: merge.files, rewrite };
}

/**
 * The same for a proposal, which must have files, no link out of the repository, and none whose being there, or being
 * executable, a reviewer cannot see.
 */
export async function mergeProposal(...parameters: Parameters<typeof mergeEdits>): Promise<MergeResult> {
  const merged = await mergeEdits(...parameters);
  if (merged.kind === "refused") return merged;
  const { hidden } = merged.inGit;
  const problem = outgoingLinks(hidden) ?? notListed(hidden) ?? executablesNotListed(wantedFiles(merged));
  if (problem !== undefined) return { kind: "refused", problems: [problem] };
  if (merged.wanted.size > 0 || merged.inGit.files.length > 0) return merged;
  const message = "a package without files is not proposed: add some";
  return { kind: "refused", problems: [{ reason: "EmptyPackage", message }] };
}

/** True if the branch's head is the operator's render of a commit that an edited page shows. */
function isRenderOfShown({ trailers }: DraftBranch, pages: readonly PackageRevisionResources[]): boolean {
  const source = trailers?.render?.source;
  return source !== undefined && pages.some((page) => isEdited(page) && page.status?.commit === source);
}

/**
 * Without their base, edits cannot be told from what the branch has lost: nothing is pushed back, differences are
 * refused.
 */
function followBranch(
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
  inGit: ShownPackage,
  wanted: ReadonlyMap<string, Uint8Array>,
): MergeResult {
  const branch = shownBytes(inGit.files);
  // Until status opens it, a page is frozen.
  if (!pages.some(isEdited)) return { kind: "merged", inGit, wanted: branch, rewrite: true };
  const differing = [...new Set([...wanted.keys(), ...branch.keys()])].filter((path) => {
    const [here, there] = [wanted.get(path), branch.get(path)];
    return here === undefined || there === undefined || !sameBytes(here, there);
  });
  if (differing.length === 0) return { kind: "merged", inGit, wanted, rewrite: false };
  const message =
    `the commit that these files were edited on is gone from ${draft.ref}: ${differing.sort().join(", ")} differ ` +
    `from commit ${draft.commit}; give them the branch's contents here, or push the ones from here`;
  return { kind: "refused", problems: [{ reason: "ContentConflict", message }] };
}

/** The files as they will be. */
function wantedFiles({ inGit, wanted }: Merged) {
  const known = new Map(inGit.files.map((file) => [file.path, file]));
  return Array.from(wanted, ([path, bytes]) => ({ path, mode: modeAfterEdit(known.get(path)), bytes }));
}
