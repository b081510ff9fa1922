import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import { applyWanted, planEdits } from "../../../../core/files/edits.ts";
import { mergeFiles, placeProblems } from "../../../../core/files/merge.ts";
import { contentDigest, type ShownPackage } from "../../../../core/files/package-file.ts";
import { type Oid, objectFormatOf } from "../../../../core/identity/oid.ts";
import { OPERATOR } from "../../../../core/identity/person.ts";
import type { DraftBranch } from "../../../../core/repository/classify-ref.ts";
import type { CommitMetadata } from "../../../../core/revision/commit-trailers.ts";
import type { RevisionView } from "../../../../core/revision/observation.ts";
import { isRecorded, nextMetadata } from "../../../../core/revision/recorded-metadata.ts";
import { commitChange } from "../../../../storage/git/package-store/package-changes.ts";
import type { ModelContents } from "./api.ts";
import type { ModelProcess } from "./process.ts";
import { NOW, oidOf, type Result, type Steps } from "./results.ts";
import { bytesOf, type Files } from "./trees.ts";

export interface Merged {
  readonly inGit: ShownPackage;
  readonly wanted: ReadonlyMap<string, Uint8Array>;
  readonly rewrite: boolean;
}

export function mergeEdits(
  process: ModelProcess,
  object: PackageRevision,
  view: RevisionView,
  draft: DraftBranch,
  page: ModelContents,
): Merged | { readonly problem: string } {
  const wanted = asWanted(page.files);
  const inGit = process.read(draft.commit, view);
  const nested = view.nested.map((one) => one.path.slice(view.path.length + 1));
  if (placeProblems(inGit.files, wanted, nested).length > 0) return { problem: "InvalidPath" };
  const shown = page.commit ?? object.status?.commit;
  if (shown === undefined || shown === draft.commit) return { inGit, wanted, rewrite: false };
  if (!process.mirror.has(shown)) return followBranch(inGit, wanted, page);
  const base = process.read(shown, view).files;
  const merge = mergeFiles(base, inGit.files, wanted, objectFormatOf(draft.commit));
  if (merge.conflicts.length > 0) return { problem: "ContentConflict" };
  const rewrite = planEdits(view.path, inGit.files, wanted, objectFormatOf(draft.commit)).length > 0;
  return { inGit, wanted: merge.files, rewrite };
}

export function mergeProposal(
  process: ModelProcess,
  object: PackageRevision,
  view: RevisionView,
  draft: DraftBranch,
  page: ModelContents,
) {
  const merged = mergeEdits(process, object, view, draft, page);
  if ("problem" in merged || merged.wanted.size > 0 || merged.inGit.files.length > 0) return merged;
  return { problem: "EmptyPackage" };
}

export function* commitEdits(
  process: ModelProcess,
  object: PackageRevision,
  view: RevisionView,
  draft: DraftBranch,
  { inGit, wanted }: Merged,
  lifecycle: "draft" | "proposed",
  page: ModelContents,
): Steps<{ readonly commit: Oid; readonly read: ShownPackage } | undefined> {
  const edits = planEdits(view.path, inGit.files, wanted, objectFormatOf(draft.commit));
  const read = applyWanted(inGit, wanted, objectFormatOf(draft.commit));
  const digest = contentDigest(read.files);
  const metadata = nextMetadata(object, draft.trailers?.metadata);
  const proposed = lifecycle === "proposed" ? { proposedBy: "ann", proposedAt: NOW } : {};
  const trailers: CommitMetadata = {
    path: view.path,
    workspace: draft.workspace,
    lifecycle,
    digest,
    ...proposed,
    metadata,
  };
  const stands =
    lifecycle === "draft"
      ? draft.trailers?.lifecycle !== "proposed" || !page.frozen
      : draft.trailers?.lifecycle === "proposed" &&
        draft.trailers.digest === digest &&
        draft.trailers.proposedBy === "ann";
  if (edits.length === 0 && stands && isRecorded(object, draft.trailers)) return { commit: draft.commit, read };
  const subject = lifecycle === "proposed" ? "Propose" : "Edit";
  const refs = yield* process.push(object, (now) =>
    now.found?.kind === "draft" && now.found.commit === draft.commit
      ? commitChange(now, { draft, edits, subject, trailers, author: OPERATOR })
      : undefined,
  );
  return refs === undefined ? undefined : { commit: oidOf(refs, draft.ref), read };
}

export function* refuseEdits(
  process: ModelProcess,
  object: PackageRevision,
  page: ModelContents,
  problem: string,
): Steps<Result> {
  yield;
  process.api.noteContents(object.metadata.name, page.uid, { frozen: false, error: problem });
  const waits = object.spec.lifecycle === "proposed";
  return {
    status: { lifecycle: "draft", waitingFor: waits ? [problem] : undefined },
    readiness: { state: "stalled", reason: problem, message: problem },
  };
}

/** Without what edits started from, nobody can tell an edit from what the branch has lost. */
function followBranch(
  inGit: ShownPackage,
  wanted: ReadonlyMap<string, Uint8Array>,
  page: ModelContents,
): Merged | { readonly problem: string } {
  const theirs = new Map(
    inGit.files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [[path, bytes] as const])),
  );
  if (page.acknowledged === page.generation) return { inGit, wanted: theirs, rewrite: true };
  const same = wanted.size === theirs.size && [...wanted].every(([path, bytes]) => theirs.get(path) === bytes);
  return same ? { inGit, wanted, rewrite: false } : { problem: "ContentConflict" };
}

function asWanted(files: Files): ReadonlyMap<string, Uint8Array> {
  return new Map([...files].map(([path, text]) => [path, bytesOf(text)]));
}
