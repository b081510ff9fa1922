import type { DraftBase } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import type { ShownPackage } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { Blocker, RevisionView } from "../../../core/revision/observation.ts";
import { isRecorded, metadataDigest, recordedAs } from "../../../core/revision/recorded-metadata.ts";
import { checkFiles, reportSettled } from "../checks/report-files.ts";
import { UNACKNOWLEDGED } from "../resources/contents.ts";
import { mergeEdits, type Problem } from "../resources/merge-edits.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { type RevisionScope, readerOf, readTree, type StepResult } from "../scope.ts";
import { resultWithBlocker } from "./blocked-result.ts";
import { commitEdits } from "./commit-edits.ts";

/** Keeps a draft's contents and its branch equal: edits are pushed, what others pushed is shown. */
export async function syncDraft(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  blocker?: Blocker,
): Promise<StepResult> {
  const { object, contents } = session;
  const known = object.status?.lifecycle === "draft" && object.status.commit === draft.commit;
  if (known && contents.isSettled(object, false) && isRecorded(object, draft.trailers)) {
    const report = await reportSettled(session, view, draft);
    return { ...resultWithBlocker(blocker, {}, draftReady(draft, object.status?.files)), report };
  }
  const pages = await contents.read(object);
  if (pages.length === 0) return await showDraft(session, view, draft, blocker);
  const merged = await mergeEdits(session, view, draft, pages);
  if ("problems" in merged) return await refuseEdits(session, pages, merged.problems);
  const done = await commitEdits(session, view, draft, pages, merged, "draft");
  if (done === undefined) return lookAgain();
  const { commit, read, digest } = done;
  const report = checkFiles(session, commit, read.files);
  if (merged.rewrite) {
    // A proposal may have frozen them, and come to nothing: taken back while others pushed.
    const open = await contents.note(object, pages, { frozen: false }, UNACKNOWLEDGED);
    await contents.replaceFiles(object, open, read.shown, { frozen: false, commit, hidden: read.hidden, report });
  } else {
    await contents.note(object, pages, { frozen: false, commit, hidden: read.hidden, report, error: undefined });
  }
  const status = {
    lifecycle: "draft",
    ...commitStatus(commit, read, digest),
    metadataDigest: metadataDigest(object),
    base: object.status?.base ?? draft.trailers?.metadata.base,
    upstreamLock: object.status?.upstreamLock ?? draft.trailers?.metadata.upstreamLock,
    proposal: undefined,
  };
  return { ...resultWithBlocker(blocker, status, draftReady(draft, read.files.length)), report };
}

/** Shows a branch for which there are no objects yet: found in Git, or cut off while it began. */
export async function showDraft(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  blocker?: Blocker,
): Promise<StepResult> {
  const { object, contents } = session;
  const read = await readTree(session, view, draft.tree);
  const report = checkFiles(session, draft.commit, read.files);
  await contents.create(object, read.shown, { frozen: false, commit: draft.commit, hidden: read.hidden, report });
  const { base = await findBase(session, view, draft), upstreamLock } = draft.trailers?.metadata ?? {};
  const status = {
    lifecycle: "draft",
    ...commitStatus(draft.commit, read, await digestOf(read.files)),
    ...recordedAs(object, draft.trailers),
    base: object.status?.base ?? base,
    upstreamLock: object.status?.upstreamLock ?? upstreamLock,
    proposal: undefined,
  };
  return { ...resultWithBlocker(blocker, status, draftReady(draft, read.files.length)), report, again: true };
}

/** What status says of a draft's or proposal's commit, and of the files in it. */
export function commitStatus(commit: Oid, { files, size }: ShownPackage, digest: string) {
  return { commit, contentDigest: digest, files: files.length, contentsSize: size } as const;
}

/** What a branch that others made grew from: where it left main, and the latest revision, if main had come by it there. */
async function findBase(session: RevisionScope, view: RevisionView, draft: DraftBranch): Promise<DraftBase> {
  if (view.mainCommit === undefined) return {};
  const { mirror } = session.state.clone;
  const commit = await mirror.history.mergeBase(view.mainCommit, draft.commit);
  if (commit === undefined) return {};
  const { latest } = view;
  // A tag of others is on main itself; one of ours is beside it, but its folder was there.
  const holdsLatest =
    latest !== undefined &&
    ((await mirror.history.contains(commit, latest.commit)) || (await heldTree(session, view, commit, latest.tree)));
  return { commit, mainCommit: commit, ...(holdsLatest && { revision: latest.revision }) };
}

/** How far back main is looked through for a revision that a branch grew from. */
const CHANGES_LOOKED_AT = 100;

/** Whether the package's folder was this very tree at some time up to a commit. */
async function heldTree(session: RevisionScope, view: RevisionView, commit: Oid, tree: Oid): Promise<boolean> {
  const changes = await session.state.clone.mirror.history.changesOf(commit, view.path, [], CHANGES_LOOKED_AT);
  const trees = await Promise.all(changes.map((one) => readerOf(session).treeAt(one.commit, view.path)));
  return trees.includes(tree);
}

/** Tells what is wrong with the contents: they stay as they are, open for mending and not acknowledged, and Git too. */
export async function refuseEdits(
  session: RevisionScope,
  pages: readonly PackageRevisionResources[],
  problems: readonly Problem[],
): Promise<StepResult> {
  const reason = problems[0]?.reason ?? "InvalidContent";
  const error = problems.map((one) => one.message).join("; ");
  await session.contents.note(session.object, pages, { frozen: false, error }, UNACKNOWLEDGED);
  const waits = session.object.spec.lifecycle === "proposed";
  return {
    status: { lifecycle: "draft", waitingFor: waits ? [reason] : undefined },
    readiness: { state: "stalled", reason, message: error },
  };
}

function draftReady({ ref, trailers }: DraftBranch, files: number | undefined): StepResult["readiness"] {
  const empty = files === 0 ? "; it has no files yet" : "";
  const elsewhere = trailers?.lifecycle === "proposed" ? "; its commit is a proposal that was not made here" : "";
  return { state: "ready", reason: "Draft", message: `branch ${ref.slice("refs/heads/".length)}${empty}${elsewhere}` };
}

export function lookAgain(): StepResult {
  const message = "the branch moved meanwhile: looking again";
  return { status: {}, readiness: { state: "reconciling", reason: "BranchMoved", message }, again: true };
}
