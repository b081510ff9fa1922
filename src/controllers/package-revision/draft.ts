import { ANNOTATION_EDITED_BY, ANNOTATION_PROPOSED_BY } from "../../api/names.ts";
import type { DraftBase } from "../../api/package-revision.ts";
import type { PackageRevisionResources } from "../../api/package-revision-resources.ts";
import type { DraftBranch } from "../../core/discovery/classify.ts";
import { canonicalJson } from "../../core/identity/canonical-json.ts";
import { pageNumber } from "../../core/identity/names.ts";
import { personOf } from "../../core/identity/person.ts";
import { draftChange } from "../../core/lifecycle/changes.ts";
import type { GitView, Veto } from "../../core/lifecycle/observed.ts";
import { MAX_METADATA, metadataOf, nextMetadata, type Stamp } from "../../core/lifecycle/stamp.ts";
import { applyWanted, planEdits } from "../../core/resources/edits.ts";
import { mergeFiles, placeProblems } from "../../core/resources/merge.ts";
import { contentDigest, type PackageFile } from "../../core/resources/package-file.ts";
import { type ContentsProblem, readPages } from "../../core/resources/pages.ts";
import type { ReadPackage } from "./package-files.ts";
import { changerOf, commitOf, pushPlanned, readerOf, readTree, type Session, type StepResult } from "./session.ts";
import { readShownBase } from "./shown-base.ts";
import { vetoResult } from "./veto-result.ts";

/** Keeps a draft's contents and its branch equal: edits are pushed, what others pushed is shown. */
export async function openDraft(session: Session, git: GitView, draft: DraftBranch, veto?: Veto): Promise<StepResult> {
  const { object, contents } = session;
  const known = object.status?.lifecycle === "draft" && object.status.commit === draft.commit;
  if (known && contents.isSettled(object, false) && sameMetadata(session, draft)) {
    return vetoResult(veto, {}, draftReady(draft));
  }
  const pages = await contents.read(object);
  if (pages.length === 0) return await showDraft(session, git, draft, veto);
  const merged = await mergeEdits(session, git, draft, pages);
  if ("problems" in merged) return await refuseEdits(session, pages, merged.problems);
  const done = await commitEdits(session, git, draft, pages, merged, "draft");
  if (done === undefined) return lookAgain();
  const { commit, files, read } = done;
  if (merged.rewrite) {
    await contents.rewrite(object, pages, read.shown, { frozen: false, commit, hidden: read.hidden });
  } else {
    await contents.note(object, pages, { frozen: false, commit, hidden: read.hidden, error: undefined });
  }
  const status = {
    lifecycle: "draft",
    base: object.status?.base ?? draft.stamp?.metadata.base,
    upstreamLock: object.status?.upstreamLock ?? draft.stamp?.metadata.upstreamLock,
    commit,
    contentDigest: contentDigest(files),
    files: files.length,
    proposal: undefined,
  };
  return vetoResult(veto, status, draftReady(draft));
}

/** Freezes the contents, commits exactly what is frozen, and makes that the proposal. */
export async function proposeDraft(session: Session, git: GitView, draft: DraftBranch): Promise<StepResult> {
  const { object, contents, now } = session;
  const present = await contents.read(object);
  if (present.length === 0) return await showDraft(session, git, draft);
  // What was refused before is looked at before it is frozen again: whoever mends it must be able to write.
  if ((object.status?.waitingFor ?? []).length > 0) {
    const before = await mergeProposal(session, git, draft, present);
    if ("problems" in before) return await refuseEdits(session, present, before.problems);
  }
  // What these responses hold is what nobody can change any more.
  const pages = await contents.note(object, present, { frozen: true }, present.length, false);
  const merged = await mergeProposal(session, git, draft, pages);
  if ("problems" in merged) return await refuseEdits(session, pages, merged.problems);
  const by = object.metadata.annotations?.[ANNOTATION_PROPOSED_BY];
  const done = await commitEdits(session, git, draft, pages, merged, "proposed");
  if (done === undefined) return lookAgain();
  const { commit, files, read } = done;
  if (merged.rewrite) {
    // Others pushed meanwhile: the objects show all of it before anybody reviews them.
    const open = await contents.note(object, pages, { frozen: false });
    await contents.rewrite(object, open, read.shown, { frozen: true, commit, hidden: read.hidden });
  } else {
    await contents.note(object, pages, { frozen: true, commit, hidden: read.hidden, error: undefined });
  }
  const digest = contentDigest(files);
  const proposal = { digest, commit, ...(by !== undefined && { by }), at: done.proposedAt ?? now };
  return {
    status: {
      lifecycle: "proposed",
      commit,
      contentDigest: digest,
      files: files.length,
      proposal,
      waitingFor: undefined,
    },
    readiness: { state: "ready", reason: "Proposed", message: `waits for approval of ${digest}` },
    again: object.spec.lifecycle === "published",
  };
}

/** Shows a branch for which there are no objects yet: found in Git, or cut off while it began. */
async function showDraft(session: Session, git: GitView, draft: DraftBranch, veto?: Veto): Promise<StepResult> {
  const { object, contents } = session;
  const read = await readTree(session, git, draft.tree);
  await contents.create(object, read.shown, { frozen: false, commit: draft.commit, hidden: read.hidden });
  const { base = await findBase(session, git, draft), upstreamLock } = draft.stamp?.metadata ?? {};
  const status = {
    lifecycle: "draft",
    base: object.status?.base ?? base,
    upstreamLock: object.status?.upstreamLock ?? upstreamLock,
    commit: draft.commit,
    contentDigest: contentDigest(read.files),
    files: read.files.length,
    proposal: undefined,
  };
  return { ...vetoResult(veto, status, draftReady(draft)), again: true };
}

/** What a branch that others made grew from: where it left main, and the revision that main held there. */
async function findBase(session: Session, git: GitView, draft: DraftBranch): Promise<DraftBase> {
  if (git.mainCommit === undefined) return {};
  const commit = await session.state.clone.mirror.mergeBase(git.mainCommit, draft.commit);
  if (commit === undefined) return {};
  const tree = await readerOf(session).treeAt(commit, git.path);
  const isLatest = git.latest !== undefined && tree === git.latest.tree;
  return { commit, ...(isLatest && { revision: git.latest.revision }) };
}

interface Merged {
  readonly inGit: ReadPackage;
  readonly wanted: ReadonlyMap<string, Uint8Array>;
  /** The objects show something else than what will be in Git. */
  readonly rewrite: boolean;
}

/** What users wrote, together with what others pushed since the objects last showed the branch. */
async function mergeEdits(
  session: Session,
  git: GitView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
): Promise<Merged | { readonly problems: readonly Problem[] }> {
  const name = session.object.metadata.name;
  const read = readPages(pages.map((page) => ({ number: pageNumber(name, page.metadata.name), spec: page.spec })));
  if ("problems" in read) return read;
  const inGit = await readTree(session, git, draft.tree);
  const nested = git.nested.map((one) => one.path.slice(git.path.length + 1));
  const problems = placeProblems(inGit.files, read.files, nested);
  if (problems.length > 0) return { problems };
  const torn = pages.length < (pages[0]?.status?.pages ?? 1);
  const wanted = torn ? new Map([...shownFiles(inGit), ...read.files]) : read.files;
  const base = await readShownBase(session, git, draft, pages, read.placed);
  if (base === undefined) return { inGit, wanted, rewrite: torn };
  const merge = mergeFiles(base, inGit.files, wanted, draft.commit);
  if (merge.conflicts.length > 0) {
    const message = `changed here and by commit ${draft.commit} on ${draft.ref}: ${merge.conflicts.join(", ")}; give these files the branch's contents here, or push the ones from here`;
    return { problems: [{ reason: "ContentConflict", message }] };
  }
  const rewrite = torn || planEdits(git.path, inGit.files, wanted, draft.commit).length > 0;
  return { inGit, wanted: merge.files, rewrite };
}

/** The same for what is to be proposed: it must be something. */
async function mergeProposal(...parameters: Parameters<typeof mergeEdits>): ReturnType<typeof mergeEdits> {
  const merged = await mergeEdits(...parameters);
  if ("problems" in merged || merged.wanted.size > 0 || merged.inGit.files.length > 0) return merged;
  const message = "a package without files is not proposed: add some";
  return { problems: [{ reason: "EmptyPackage", message }] };
}

/** A page that is gone was not emptied by anyone: its files are as in Git. */
function shownFiles(inGit: ReadPackage): readonly (readonly [string, Uint8Array])[] {
  return inGit.files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [[path, bytes] as const]));
}

type Problem = ContentsProblem | { readonly reason: "EmptyPackage" | "ContentConflict"; readonly message: string };

interface Committed {
  readonly commit: string;
  readonly files: readonly PackageFile[];
  readonly read: ReadPackage;
  readonly proposedAt?: string;
}

/** Commits what is new, if anything is. Undefined: the branch moved meanwhile. */
async function commitEdits(
  session: Session,
  git: GitView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
  merged: Merged,
  lifecycle: "draft" | "proposed",
): Promise<Committed | undefined> {
  const { inGit, wanted } = merged;
  const edits = planEdits(git.path, inGit.files, wanted, draft.commit);
  const files = applyWanted(inGit.files, wanted, draft.commit);
  const stamp = stampFor(session, git, draft, lifecycle, contentDigest(files));
  const stands = lifecycle === "draft" ? draft.stamp?.lifecycle !== "proposed" : isStamped(draft, stamp);
  if (edits.length === 0 && stands && sameMetadata(session, draft)) {
    return { commit: draft.commit, files, read: inGit, ...proposedAt(draft.stamp) };
  }
  if (canonicalJson(stamp.metadata).length > MAX_METADATA) throw new MetadataTooLargeError();
  const subject = `${lifecycle === "proposed" ? "Propose" : edits.length > 0 ? "Edit" : "Update"} ${git.path} (${draft.workspace})`;
  const editor = edits.length > 0 ? personOf(lastEditor(session, pages)) : changerOf(session);
  const author = lifecycle === "proposed" ? personOf(stamp.proposedBy) : editor;
  const refs = await pushPlanned(session, lifecycle === "proposed" ? "propose" : "edit", (now) => {
    const same = now.found?.kind === "draft" && now.found.commit === draft.commit;
    return same ? draftChange(now, draft, edits, { subject, stamp, author }) : undefined;
  });
  if (refs === undefined) return undefined;
  const commit = commitOf(refs, draft.ref);
  const read =
    edits.length === 0 ? inGit : await readTree(session, git, await readerOf(session).treeAt(commit, git.path));
  return { commit, files: read.files, read, ...proposedAt(stamp) };
}

function proposedAt(stamp: Stamp | undefined): { readonly proposedAt?: string } {
  return stamp?.proposedAt === undefined ? {} : { proposedAt: stamp.proposedAt };
}

function stampFor(
  session: Session,
  git: GitView,
  draft: DraftBranch,
  lifecycle: "draft" | "proposed",
  digest: string,
): Stamp {
  const by = session.object.metadata.annotations?.[ANNOTATION_PROPOSED_BY];
  const metadata = nextMetadata(session.object, draft.stamp?.metadata);
  const proposed =
    lifecycle === "proposed" ? { ...(by !== undefined && { proposedBy: by }), proposedAt: session.now } : {};
  return { path: git.path, workspace: draft.workspace, lifecycle, digest, ...proposed, metadata };
}

/** True if the branch's head is this very proposal: pushed before, and cut off before status said so. */
function isStamped(draft: DraftBranch, stamp: Stamp): boolean {
  const { lifecycle, digest, proposedBy } = draft.stamp ?? {};
  return lifecycle === stamp.lifecycle && digest === stamp.digest && proposedBy === stamp.proposedBy;
}

/** True if the users' part of the object is what the branch's head records. */
function sameMetadata(session: Session, draft: DraftBranch): boolean {
  const part = ({ spec, labels, annotations }: Stamp["metadata"]) => canonicalJson({ spec, labels, annotations });
  return part(draft.stamp?.metadata ?? {}) === part(metadataOf(session.object));
}

function lastEditor(session: Session, pages: readonly PackageRevisionResources[]): string | undefined {
  const edited = pages.filter((page) => page.metadata.generation !== page.status?.observedGeneration);
  const names = edited.map((page) => page.metadata.annotations?.[ANNOTATION_EDITED_BY]?.split("\n").at(-1));
  return (
    names.findLast((name) => name !== undefined && name !== "") ??
    (edited.length > 0 ? session.seen.editors.at(-1) : undefined)
  );
}

/** Tells what is wrong with the contents: they stay as they are, open for mending and not acknowledged, and Git too. */
async function refuseEdits(
  session: Session,
  pages: readonly PackageRevisionResources[],
  problems: readonly Problem[],
): Promise<StepResult> {
  const reason = problems[0]?.reason ?? "InvalidContent";
  const error = problems.map((one) => one.message).join("; ");
  await session.contents.note(session.object, pages, { frozen: false, error }, pages.length, false);
  const waits = session.object.spec.lifecycle === "proposed";
  return {
    status: { lifecycle: "draft", waitingFor: waits ? [reason] : undefined },
    readiness: { state: "stalled", reason, message: error },
  };
}

function draftReady(draft: DraftBranch): StepResult["readiness"] {
  return { state: "ready", reason: "Draft", message: `branch ${draft.ref.slice("refs/heads/".length)}` };
}

function lookAgain(): StepResult {
  const message = "the branch moved meanwhile: looking again";
  return { status: {}, readiness: { state: "reconciling", reason: "BranchMoved", message }, again: true };
}

/** Labels, annotations and inputs that no commit message should carry. */
export class MetadataTooLargeError extends Error {
  override readonly name = "MetadataTooLargeError";
  constructor() {
    super(
      `spec, labels and annotations are larger than ${MAX_METADATA} characters of JSON: put large values into files of the package`,
    );
  }
}
