import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import { planEdits } from "../../../core/files/edits.ts";
import { mergeFiles, placeProblems } from "../../../core/files/merge.ts";
import { type ShownPackage, sameBytes } from "../../../core/files/package-file.ts";
import { type ContentsProblem, readPages } from "../../../core/files/pages.ts";
import { pageNumber } from "../../../core/identity/names.ts";
import { objectFormatOf } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { type RevisionScope, readTree } from "../scope.ts";
import { readMergeBase } from "./merge-base.ts";
import { precomputeBlobOids } from "./precompute-hashes.ts";

export interface Merged {
  readonly inGit: ShownPackage;
  readonly wanted: ReadonlyMap<string, Uint8Array>;
  /** The objects show something else than what will be in Git. */
  readonly rewrite: boolean;
}

export type Problem =
  | ContentsProblem
  | { readonly reason: "EmptyPackage" | "ContentConflict"; readonly message: string };

/** What users wrote, together with what others pushed since the objects last showed the branch. */
export async function mergeEdits(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
): Promise<Merged | { readonly problems: readonly Problem[] }> {
  const name = session.object.metadata.name;
  const read = readPages(pages.map((page) => ({ number: pageNumber(name, page.metadata.name), spec: page.spec })));
  if ("problems" in read) return read;
  const inGit = await readTree(session, view, draft.tree);
  const nested = view.nested.map((one) => one.path.slice(view.path.length + 1));
  const problems = placeProblems(inGit.files, read.files, nested);
  if (problems.length > 0) return { problems };
  const torn = pages.length < (pages[0]?.status?.pages ?? 1);
  const wanted = torn ? new Map([...shownFiles(inGit), ...read.files]) : read.files;
  const base = await readMergeBase(session, view, draft, pages, read.placed);
  if (base === undefined) return { inGit, wanted, rewrite: torn };
  if (base === "gone") return followBranch(draft, pages, inGit, wanted);
  const objectFormat = objectFormatOf(draft.commit);
  await precomputeBlobOids(wanted.values(), objectFormat);
  const merge = mergeFiles(base, inGit.files, wanted, objectFormat);
  if (merge.conflicts.length > 0) {
    const message = `changed here and by commit ${draft.commit} on ${draft.ref}: ${merge.conflicts.join(", ")}; give these files the branch's contents here, or push the ones from here`;
    return { problems: [{ reason: "ContentConflict", message }] };
  }
  const rewrite = torn || planEdits(view.path, inGit.files, wanted, objectFormat).length > 0;
  return { inGit, wanted: merge.files, rewrite };
}

/** Without what the edits started from, nobody can tell an edit from what the branch has lost: so nothing of it is pushed back. */
function followBranch(
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
  inGit: ShownPackage,
  wanted: ReadonlyMap<string, Uint8Array>,
): Merged | { readonly problems: readonly Problem[] } {
  const edited = pages.some(({ metadata, status }) => metadata.generation !== status?.observedGeneration);
  if (!edited) return { inGit, wanted: new Map(shownFiles(inGit)), rewrite: true };
  const theirs = new Map(shownFiles(inGit));
  const differing = [...new Set([...wanted.keys(), ...theirs.keys()])].filter((path) => {
    const [ours, other] = [wanted.get(path), theirs.get(path)];
    return ours === undefined || other === undefined || !sameBytes(ours, other);
  });
  if (differing.length === 0) return { inGit, wanted, rewrite: false };
  const message = `the commit that these files were edited on is gone from ${draft.ref}: ${differing.sort().join(", ")} differ from commit ${draft.commit}; give them the branch's contents here, or push the ones from here`;
  return { problems: [{ reason: "ContentConflict", message }] };
}

/** The same for what is to be proposed: it must be something. */
export async function mergeProposal(...parameters: Parameters<typeof mergeEdits>): ReturnType<typeof mergeEdits> {
  const merged = await mergeEdits(...parameters);
  if ("problems" in merged || merged.wanted.size > 0 || merged.inGit.files.length > 0) return merged;
  const message = "a package without files is not proposed: add some";
  return { problems: [{ reason: "EmptyPackage", message }] };
}

/** A page that is gone was not emptied by anyone: its files are as in Git. */
function shownFiles(inGit: ShownPackage): readonly (readonly [string, Uint8Array])[] {
  return inGit.files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [[path, bytes] as const]));
}
