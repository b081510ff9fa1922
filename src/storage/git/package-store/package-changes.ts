import type { TreeEdit } from "../../../core/files/tree-edit.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { OPERATOR, type Person } from "../../../core/identity/person.ts";
import { draftRef, revisionRef, tombstoneRef } from "../../../core/identity/refs.ts";
import type {
  BeginRequest,
  CommitRequest,
  FileToWrite,
  OwnTree,
  PublishRequest,
  RenderRequest,
} from "../../../core/ports/package-store.ts";
import type { DraftBranch, PublishedRef } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { GitError } from "../errors.ts";
import type { GitChange, NewCommit } from "../push/change.ts";
import type { CommitTexts } from "./commit-text.ts";

/** The longest names, together, of packages below one that is published; in UTF-16 code units. */
const MAX_NESTED_LENGTH = 256 * 1024;

const WHY_FIRST =
  "The first branch of an empty repository: hosts make it the default branch, which\n" +
  "cannot be deleted as that of a draft is.";

/** An empty first commit on the branch of published packages. */
export function firstMainChange(
  mainRef: string,
  place: Pick<RevisionView, "repository" | "layout">,
  texts: CommitTexts,
) {
  const subject = `Start ${mainRef.slice("refs/heads/".length)}`;
  const text = texts.plainCommit({ ...place, path: "" }, { subject, author: OPERATOR }, WHY_FIRST);
  return { steps: [{ kind: "commit", ref: mainRef, commit: { ...text, edits: [] } }], claims: [] } satisfies GitChange;
}

/**
 * The first commit of a draft's branch: the package's folder is exactly the requested files, everything else is main's.
 * A tree of the same repository is taken as it is, with names that no text can hold. A render of the files follows as
 * a commit of its own.
 */
export function beginChange(view: RevisionView, request: BeginRequest, texts: CommitTexts): GitChange {
  const { files, workspace, trailers, render } = request;
  const edits = "tree" in files ? replaceFolder(view, files) : putFiles(view, files);
  const commit = { ...texts.commit(view, request, trailers), edits };
  const from = view.mainCommit === undefined ? {} : { from: view.mainCommit };
  const ref = draftRef(view.path, workspace);
  const first = { kind: "commit", ref, ...from, commit } as const;
  if (render === undefined) return { steps: [first], claims: [view.path] };
  const second = { kind: "commit", ref, commit: renderCommit(view, render, texts) } as const;
  return { steps: [first, second], claims: [view.path] };
}

function renderCommit(view: RevisionView, render: RenderRequest, texts: CommitTexts): NewCommit {
  const textOn = (source: Oid) => texts.commit(view, render, render.trailers(source));
  // Persons do not depend on the parent.
  const { author, committer } = textOn("");
  return { author, committer, edits: render.edits, message: (parent = "") => textOn(parent).message };
}

/** A message beyond the limit could not be read back, and would hide what it records. */
function assertRecordable(path: string, nested: readonly string[]): void {
  const length = nested.reduce((sum, one) => sum + one.length, 0);
  if (length <= MAX_NESTED_LENGTH) return;
  const message =
    `the names of the ${nested.length} published packages below ${path} have ${length} characters, and its tag records ` +
    `them: ${MAX_NESTED_LENGTH} at most are published; delete tags of packages that nobody needs`;
  throw new GitError("InvalidChange", message);
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

/** One more commit on a draft's branch. Without edits it records a change of metadata or lifecycle. */
export function commitChange(view: RevisionView, request: CommitRequest, texts: CommitTexts): GitChange {
  const { draft, edits, trailers } = request;
  const commit = { ...texts.commit(view, request, trailers), edits };
  return { steps: [{ kind: "commit", ref: draft.ref, commit }], claims: [view.path] };
}

/**
 * The commit that makes a draft a proposal, on top of its branch.
 *
 * @param reset The edits that leave nothing of the branch but the package's own files, see `resetOutside`.
 */
export function proposeChange(
  view: RevisionView,
  request: CommitRequest,
  reset: readonly TreeEdit[],
  texts: CommitTexts,
): GitChange {
  return commitChange(view, { ...request, edits: [...reset, ...request.edits] }, texts);
}

/**
 * A publication: the folder on main becomes the proposed one, packages below it stay as they are; a tag at the
 * proposal's commit, so that `git log` of the tag is the draft's whole history; the draft's branch is deleted.
 */
export function publishChange(view: RevisionView, request: PublishRequest, texts: CommitTexts): GitChange {
  const { draft, revision, tagOnly, approver } = request;
  // What belongs to the revision must not depend on tags that are pushed later.
  const nested = view.nested.map((one) => one.path);
  assertRecordable(view.path, nested);
  const trailers = { ...request.trailers, nested };
  const text = { subject: `Publish ${view.path} ${revision}`, author: approver };
  // A commit even if main has these files already: its lease proves that main is still as it was when this was decided.
  const main: GitChange["steps"] =
    tagOnly || draft.tree === undefined
      ? []
      : [
          {
            kind: "commit",
            ref: view.mainRef,
            commit: { ...texts.commit(view, text, trailers), edits: replaceFolder(view, { tree: draft.tree }) },
          },
        ];
  return {
    steps: [
      ...main,
      {
        kind: "tag",
        ref: revisionRef(view.path, revision),
        target: draft.commit,
        ...texts.tag(view, text, trailers),
      },
      { kind: "delete", ref: draft.ref },
    ],
    claims: [view.path],
  };
}

/**
 * Deletes the branch of a draft or proposal. `keptAs`: the tag that keeps its last commit; absent if that tag exists.
 * `uid`: of its object, by which a late push of the first commit is recognized.
 */
export function deleteDraftChange(
  view: Pick<RevisionView, "repository" | "layout" | "path">,
  draft: DraftBranch,
  texts: CommitTexts,
  { uid, keptAs }: { readonly uid?: string | undefined; readonly keptAs?: string | undefined } = {},
): GitChange {
  const { path, workspace } = draft;
  const trailers = { path, workspace, ...(uid !== undefined && { uid }), lifecycle: "draft", metadata: {} } as const;
  const step = { subject: `Delete ${path} (${workspace}): its last commit`, author: OPERATOR };
  const tag = { kind: "tag", target: draft.commit, ...texts.tag(view, step, trailers) } as const;
  return {
    steps: [...(keptAs === undefined ? [] : [{ ...tag, ref: keptAs }]), { kind: "delete", ref: draft.ref }],
    claims: [view.path],
  };
}

/**
 * Records that an object was deleted of which a push of the draft's first commit may still be under way. There is no
 * commit to keep: the tag is at the published branch.
 */
export function deleteUnbegunChange(
  view: Pick<RevisionView, "repository" | "layout" | "path">,
  {
    uid,
    workspace,
    ref,
    target,
  }: { readonly uid: string; readonly workspace: string } & Record<"ref" | "target", string>,
  texts: CommitTexts,
): GitChange {
  const { path } = view;
  const trailers = { path, workspace, uid, lifecycle: "draft", metadata: {} } as const;
  const step = { subject: `Delete ${path} (${workspace}): it had no commit yet`, author: OPERATOR };
  return { steps: [{ kind: "tag", ref, target, ...texts.tag(view, step, trailers) }], claims: [path] };
}

/**
 * Deletes a published revision: its tag becomes a tombstone at the same commit. If it is the latest and main's folder
 * holds it, main gets the previous revision back, or loses the folder with the last one.
 */
export function deletePublishedChange(
  view: RevisionView,
  published: PublishedRef,
  { tagOnly, author }: { readonly tagOnly: boolean; readonly author: Person },
  texts: CommitTexts,
): GitChange {
  const { revision } = published;
  const subject = `Delete ${view.path} ${revision}`;
  const undo = `to undo the deletion, tag this commit as ${view.path}/${revision}.`;
  const isLatest = view.latest?.revision === revision;
  const onMain = (view.own.main !== undefined && view.own.main === view.own.head) || view.isMainOurs === true;
  const edits: readonly TreeEdit[] =
    view.previous === undefined
      ? [{ kind: "remove", path: view.path }, ...keepNested(view)]
      : replaceFolder(view, view.previous);
  const back = view.previous === undefined ? "" : `: back to ${view.previous.revision}`;
  const commit = {
    ...texts.plainCommit(
      view,
      { subject: `${subject}${back}`, author, revision },
      `The tag ${view.path}/deleted-${revision} keeps the number from being used again.`,
    ),
    edits,
  };
  const tombstone = {
    kind: "tag",
    ref: tombstoneRef(view.path, revision),
    target: published.commit,
    ...texts.plainTag(view, { subject, author, revision }, `The tag keeps the number from being used again; ${undo}`),
  } as const;
  return {
    steps: [
      ...(isLatest && onMain && !tagOnly ? [{ kind: "commit" as const, ref: view.mainRef, commit }] : []),
      // A revision that was deleted before and restored by its tag still has its tombstone.
      ...(view.tombstone === published.commit ? [] : [tombstone]),
      { kind: "delete", ref: published.ref },
    ],
    claims: [view.path],
  };
}

/**
 * Replaces the package's folder by its own files in a tree, except the packages below it: those stay as main has them.
 * What was a package below when the tree was published is none of its files, though it is no package any more.
 */
function replaceFolder(view: RevisionView, { tree, nested = [] }: OwnTree): readonly TreeEdit[] {
  const left = nested.map((path): TreeEdit => ({ kind: "remove", path }));
  return [{ kind: "putTree", path: view.path, tree }, ...left, ...keepNested(view)];
}

function keepNested(view: RevisionView): readonly TreeEdit[] {
  // Outer folders first: a deeper folder is put into one that was put before.
  return view.nested.map(({ path, mainTree }) =>
    mainTree === undefined ? { kind: "remove", path } : { kind: "putTree", path, tree: mainTree },
  );
}
