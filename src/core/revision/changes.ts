import type { PackageFile } from "../files/package-file.ts";
import { draftRef, revisionRef, tombstoneRef } from "../identity/refs.ts";
import type { Change, Oid, Person, TreeEdit } from "../repository/change.ts";
import type { DraftBranch, PublishedRef } from "../repository/classify-ref.ts";
import { renderMessage, type Stamp } from "./commit-trailers.ts";
import type { GitView } from "./observation.ts";

/** A file to be written into a package's folder: bytes, or an object that the repository has already (a submodule). */
export type FileToWrite = Pick<PackageFile, "path" | "mode" | "bytes" | "oid">;

/**
 * The first commit of a draft's branch: the package's folder is exactly `files`, everything else is main's. A tree of the
 * same repository is taken as it is, names and all that have no place in a text.
 */
export function startChange(
  git: GitView,
  workspace: string,
  files: readonly FileToWrite[] | Oid,
  text: { readonly subject: string; readonly stamp: Stamp; readonly author: Person },
): Change {
  const edits = typeof files === "string" ? replaceFolder(git, files) : putFiles(git, files);
  const commit = { message: renderMessage(text.subject, text.stamp), author: text.author, edits };
  const from = git.mainCommit === undefined ? {} : { from: git.mainCommit };
  return { steps: [{ kind: "commit", ref: draftRef(git.path, workspace), ...from, commit }], claims: [git.path] };
}

function putFiles(git: GitView, files: readonly FileToWrite[]): readonly TreeEdit[] {
  const edits: TreeEdit[] = [{ kind: "remove", path: git.path }];
  for (const file of files) {
    const path = `${git.path}/${file.path}`;
    if (file.bytes === undefined) edits.push({ kind: "putObject", path, mode: file.mode, oid: file.oid });
    else edits.push({ kind: "putFile", path, mode: file.mode, bytes: file.bytes });
  }
  return [...edits, ...keepNested(git)];
}

/** One more commit on a draft's branch. Without edits it records what changed beside the files. */
export function draftChange(
  git: GitView,
  draft: DraftBranch,
  edits: readonly TreeEdit[],
  text: { readonly subject: string; readonly stamp: Stamp; readonly author: Person },
): Change {
  const commit = { message: renderMessage(text.subject, text.stamp), author: text.author, edits };
  return { steps: [{ kind: "commit", ref: draft.ref, commit }], claims: [git.path] };
}

/**
 * A publication: the folder on main becomes what was proposed, packages below it stay as they are; a tag at the
 * proposal's commit, so that `git log` of the tag is the draft's whole history; the draft's branch goes.
 */
export function publishChange(
  git: GitView,
  draft: DraftBranch,
  revision: string,
  options: { readonly tagOnly: boolean; readonly stamp: Stamp; readonly approver: Person },
): Change {
  const subject = `Publish ${git.path} ${revision}`;
  const message = renderMessage(subject, options.stamp);
  // A commit also where main has these files already: under its lease, main is as it was when that was decided.
  const main: Change["steps"] =
    options.tagOnly || draft.tree === undefined
      ? []
      : [
          {
            kind: "commit",
            ref: git.mainRef,
            commit: { message, author: options.approver, edits: replaceFolder(git, draft.tree) },
          },
        ];
  return {
    steps: [
      ...main,
      { kind: "tag", ref: revisionRef(git.path, revision), target: draft.commit, tagger: options.approver, message },
      { kind: "delete", ref: draft.ref },
    ],
    claims: [git.path],
  };
}

/** A draft or proposal goes: its branch. */
export function deleteDraftChange(git: GitView, draft: DraftBranch): Change {
  return { steps: [{ kind: "delete", ref: draft.ref }], claims: [git.path] };
}

/**
 * A published revision goes: its tag becomes a tombstone at the same commit. If main's folder is this revision
 * and it is the latest, the one before it comes back, or the folder goes with the last one.
 */
export function deletePublishedChange(
  git: GitView,
  published: PublishedRef,
  options: { readonly tagOnly: boolean; readonly author: Person },
): Change {
  const { revision } = published;
  const message = `Delete ${git.path} ${revision}\n\nThe tag keeps the number from being used again; to undo the deletion, tag this commit as ${git.path}/${revision}.\n`;
  const isLatest = git.latest?.revision === revision;
  const onMain = (git.own.main !== undefined && git.own.main === git.own.head) || git.isMainOurs === true;
  const edits: readonly TreeEdit[] =
    git.previous === undefined
      ? [{ kind: "remove", path: git.path }, ...keepNested(git)]
      : replaceFolder(git, git.previous.tree);
  const subject = git.previous === undefined ? "" : `: back to ${git.previous.revision}`;
  const commit = { message: `Delete ${git.path} ${revision}${subject}\n`, author: options.author, edits };
  const tombstone = {
    kind: "tag",
    ref: tombstoneRef(git.path, revision),
    target: published.commit,
    tagger: options.author,
    message,
  } as const;
  return {
    steps: [
      ...(isLatest && onMain && !options.tagOnly ? [{ kind: "commit" as const, ref: git.mainRef, commit }] : []),
      // Deleted before, and brought back: its tombstone has stayed.
      ...(git.tombstone === published.commit ? [] : [tombstone]),
      { kind: "delete", ref: published.ref },
    ],
    claims: [git.path],
  };
}

/** Makes the package's folder a tree, but for the packages below it: those stay as main has them. */
function replaceFolder(git: GitView, tree: Oid): readonly TreeEdit[] {
  return [{ kind: "putTree", path: git.path, tree }, ...keepNested(git)];
}

function keepNested(git: GitView): readonly TreeEdit[] {
  // Outer folders first: what lies deeper is put into what was put before it.
  return git.nested.map(({ path, mainTree }) =>
    mainTree === undefined ? { kind: "remove", path } : { kind: "putTree", path, tree: mainTree },
  );
}
