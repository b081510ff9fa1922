import type { DraftBase } from "../../../api/v1alpha1/package-revision-status.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch, PublishedRef } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { MirrorReader } from "./mirror-reader.ts";

/** How far back main is searched for a revision that a branch was made from. */
const MAX_CHANGES = 100;

/**
 * The commit of main that a draft is based on: where its branch left main, or the last merge of main into it. Undefined
 * without a common history. May start a git process.
 */
export async function findMergeBase(
  { history }: Pick<MirrorReader, "history">,
  { mainCommit }: Pick<RevisionView, "mainCommit">,
  commit: Oid,
): Promise<Oid | undefined> {
  return mainCommit === undefined ? undefined : await history.mergeBase(mainCommit, commit);
}

/**
 * The base of a branch that was pushed from outside: the commit where it left main, and the latest revision, if main
 * had that by then. Starts git processes.
 */
export async function findDraftBase(mirror: MirrorReader, view: RevisionView, draft: DraftBranch): Promise<DraftBase> {
  const commit = await findMergeBase(mirror, view, draft.commit);
  if (commit === undefined) return {};
  const { latest } = view;
  const hasLatest = latest !== undefined && (await holdsLatest(mirror, view.path, commit, latest));
  return { commit, mainCommit: commit, ...(hasLatest && { revision: latest.revision }) };
}

/** True if main had a revision by this commit. An external tag is on main itself; one of ours is beside it. */
export async function holdsLatest(
  mirror: MirrorReader,
  path: string,
  commit: Oid,
  latest: Pick<PublishedRef, "commit" | "tree">,
): Promise<boolean> {
  return (await mirror.history.contains(commit, latest.commit)) || (await hadTree(mirror, path, commit, latest.tree));
}

/** Whether the package's folder was exactly this tree in some commit up to the given one. */
async function hadTree({ history, reader }: MirrorReader, path: string, commit: Oid, tree: Oid): Promise<boolean> {
  const changes = await history.changesOf(commit, path, [], MAX_CHANGES);
  const trees = await Promise.all(changes.map((one) => reader.treeAt(one.commit, path)));
  return trees.includes(tree);
}
