import type { PackageFile } from "../../../core/files/package-file.ts";
import type { TreeEdit } from "../../../core/files/tree-edit.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { Person } from "../../../core/identity/person.ts";
import { draftRef, revisionRef, tombstoneRef } from "../../../core/identity/refs.ts";
import type { DraftBranch, PublishedRef } from "../../../core/repository/classify-ref.ts";
import { type CommitMetadata, renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { GitChange } from "../push/change.ts";

/** A file to be written into a package's folder: bytes, or an object that the repository has already (a submodule). */
export type FileToWrite = Pick<PackageFile, "path" | "mode" | "bytes" | "oid">;

/**
 * The first commit of a draft's branch: the package's folder is exactly `files`, everything else is main's. A tree of the
 * same repository is taken as it is, names and all that have no place in a text.
 */
export function startChange(
  view: RevisionView,
  workspace: string,
  files: readonly FileToWrite[] | Oid,
  text: { readonly subject: string; readonly trailers: CommitMetadata; readonly author: Person },
): GitChange {
  const edits = typeof files === "string" ? replaceFolder(view, files) : putFiles(view, files);
  const commit = { message: renderCommitMessage(text.subject, text.trailers), author: text.author, edits };
  const from = view.mainCommit === undefined ? {} : { from: view.mainCommit };
  return { steps: [{ kind: "commit", ref: draftRef(view.path, workspace), ...from, commit }], claims: [view.path] };
}

function putFiles(view: RevisionView, files: readonly FileToWrite[]): readonly TreeEdit[] {
  const edits: TreeEdit[] = [{ kind: "remove", path: view.path }];
  for (const file of files) {
    const path = `${view.path}/${file.path}`;
    if (file.bytes === undefined) edits.push({ kind: "putObject", path, mode: file.mode, oid: file.oid });
    else edits.push({ kind: "putFile", path, mode: file.mode, bytes: file.bytes });
  }
  return [...edits, ...keepNested(view)];
}

/** One more commit on a draft's branch. Without edits it records what changed beside the files. */
export function draftChange(
  view: RevisionView,
  draft: DraftBranch,
  edits: readonly TreeEdit[],
  text: { readonly subject: string; readonly trailers: CommitMetadata; readonly author: Person },
): GitChange {
  const commit = { message: renderCommitMessage(text.subject, text.trailers), author: text.author, edits };
  return { steps: [{ kind: "commit", ref: draft.ref, commit }], claims: [view.path] };
}

/**
 * A publication: the folder on main becomes what was proposed, packages below it stay as they are; a tag at the
 * proposal's commit, so that `git log` of the tag is the draft's whole history; the draft's branch goes.
 */
export function publishChange(
  view: RevisionView,
  draft: DraftBranch,
  revision: string,
  options: { readonly tagOnly: boolean; readonly trailers: CommitMetadata; readonly approver: Person },
): GitChange {
  const subject = `Publish ${view.path} ${revision}`;
  const message = renderCommitMessage(subject, options.trailers);
  // A commit also where main has these files already: under its lease, main is as it was when that was decided.
  const main: GitChange["steps"] =
    options.tagOnly || draft.tree === undefined
      ? []
      : [
          {
            kind: "commit",
            ref: view.mainRef,
            commit: { message, author: options.approver, edits: replaceFolder(view, draft.tree) },
          },
        ];
  return {
    steps: [
      ...main,
      { kind: "tag", ref: revisionRef(view.path, revision), target: draft.commit, tagger: options.approver, message },
      { kind: "delete", ref: draft.ref },
    ],
    claims: [view.path],
  };
}

/** A draft or proposal goes: its branch. */
export function deleteDraftChange(view: RevisionView, draft: DraftBranch): GitChange {
  return { steps: [{ kind: "delete", ref: draft.ref }], claims: [view.path] };
}

/**
 * A published revision goes: its tag becomes a tombstone at the same commit. If main's folder is this revision
 * and it is the latest, the one before it comes back, or the folder goes with the last one.
 */
export function deletePublishedChange(
  view: RevisionView,
  published: PublishedRef,
  options: { readonly tagOnly: boolean; readonly author: Person },
): GitChange {
  const { revision } = published;
  const message = `Delete ${view.path} ${revision}\n\nThe tag keeps the number from being used again; to undo the deletion, tag this commit as ${view.path}/${revision}.\n`;
  const isLatest = view.latest?.revision === revision;
  const onMain = (view.own.main !== undefined && view.own.main === view.own.head) || view.isMainOurs === true;
  const edits: readonly TreeEdit[] =
    view.previous === undefined
      ? [{ kind: "remove", path: view.path }, ...keepNested(view)]
      : replaceFolder(view, view.previous.tree);
  const subject = view.previous === undefined ? "" : `: back to ${view.previous.revision}`;
  const commit = { message: `Delete ${view.path} ${revision}${subject}\n`, author: options.author, edits };
  const tombstone = {
    kind: "tag",
    ref: tombstoneRef(view.path, revision),
    target: published.commit,
    tagger: options.author,
    message,
  } as const;
  return {
    steps: [
      ...(isLatest && onMain && !options.tagOnly ? [{ kind: "commit" as const, ref: view.mainRef, commit }] : []),
      // Deleted before, and brought back: its tombstone has stayed.
      ...(view.tombstone === published.commit ? [] : [tombstone]),
      { kind: "delete", ref: published.ref },
    ],
    claims: [view.path],
  };
}

/** Makes the package's folder a tree, but for the packages below it: those stay as main has them. */
function replaceFolder(view: RevisionView, tree: Oid): readonly TreeEdit[] {
  return [{ kind: "putTree", path: view.path, tree }, ...keepNested(view)];
}

function keepNested(view: RevisionView): readonly TreeEdit[] {
  // Outer folders first: what lies deeper is put into what was put before it.
  return view.nested.map(({ path, mainTree }) =>
    mainTree === undefined ? { kind: "remove", path } : { kind: "putTree", path, tree: mainTree },
  );
}
