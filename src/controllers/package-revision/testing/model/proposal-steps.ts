import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import { contentDigest } from "../../../../core/files/package-file.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import { OPERATOR } from "../../../../core/identity/person.ts";
import type { DraftBranch } from "../../../../core/repository/classify-ref.ts";
import type { Blocker, RevisionView } from "../../../../core/revision/observation.ts";
import { metadataDigest, nextMetadata, recordedAs } from "../../../../core/revision/recorded-metadata.ts";
import { commitChange } from "../../../../storage/git/package-store/package-changes.ts";
import { showDraft } from "./draft-steps.ts";
import { commitEdits, mergeProposal, refuseEdits } from "./merge-edits.ts";
import type { ModelProcess } from "./process.ts";
import { describe, lookAgain, NOW, oidOf, type Result, ready, type Steps, withBlocker } from "./results.ts";

export function* proposeDraft(
  process: ModelProcess,
  object: PackageRevision,
  view: RevisionView,
  draft: DraftBranch,
): Steps<Result> {
  const present = process.readContents(object);
  if (present === undefined) return yield* showDraft(process, object, view, draft);
  if ((object.status?.waitingFor ?? []).length > 0) {
    const before = mergeProposal(process, object, view, draft, present);
    if ("problem" in before) return yield* refuseEdits(process, object, present, before.problem);
  }
  yield;
  const page = process.api.noteContents(object.metadata.name, present.uid, { frozen: true });
  const merged = mergeProposal(process, object, view, draft, page);
  if ("problem" in merged) return yield* refuseEdits(process, object, page, merged.problem);
  const done = yield* commitEdits(process, object, view, draft, merged, "proposed", page);
  if (done === undefined) return lookAgain();
  const { commit, read } = done;
  const note = { frozen: true, commit, error: undefined };
  yield;
  if (merged.rewrite) {
    const open = process.note(page, { frozen: false });
    yield* process.rewrite(open, read, note);
  } else process.note(page, note);
  const proposal = { digest: contentDigest(read.files), commit, by: "ann", at: NOW };
  const status = {
    lifecycle: "proposed",
    metadataDigest: metadataDigest(object),
    ...describe(commit, read),
    proposal,
    waitingFor: undefined,
  };
  return { status, readiness: ready("Proposed") };
}

export function* holdProposal(
  process: ModelProcess,
  object: PackageRevision,
  view: RevisionView,
  draft: DraftBranch,
  blocker: Blocker | undefined,
): Steps<Result> {
  const { proposal } = object.status ?? {};
  const there = process.api.contents(object.metadata.name);
  if (proposal !== undefined && there !== undefined) return withBlocker(blocker, {}, ready("Proposed"));
  const read = process.read(draft.commit, view);
  if (there === undefined) yield* process.createContents(object, read, { frozen: true, commit: draft.commit });
  const { proposedBy, proposedAt, metadata } = draft.trailers ?? {};
  const digest = contentDigest(read.files);
  const by = proposedBy === undefined ? {} : { by: proposedBy };
  const restored = { digest, commit: draft.commit, ...by, at: proposedAt ?? NOW };
  const base = object.status?.base ?? metadata?.base;
  const recorded = recordedAs(object, draft.trailers);
  const shown = describe(draft.commit, read);
  const status = { lifecycle: "proposed", base, ...recorded, ...shown, proposal: proposal ?? restored };
  return withBlocker(blocker, status, ready("Proposed"));
}

export function* withdrawProposal(
  process: ModelProcess,
  object: PackageRevision,
  view: RevisionView,
  draft: DraftBranch,
  voided: boolean,
): Steps<Result> {
  yield;
  const now = voided ? dropWish(process, object) : object;
  const commit = voided ? now.status?.commit : yield* recordWithdrawal(process, object, view, draft);
  if (commit === undefined) return lookAgain();
  const page = process.readContents(now);
  yield;
  if (page !== undefined) process.note(page, { frozen: false, commit }, false);
  const status = {
    lifecycle: "draft",
    commit,
    metadataDigest: metadataDigest(object),
    proposal: undefined,
    waitingFor: undefined,
  };
  return { object: now, status, readiness: ready(voided ? "ProposalVoided" : "Draft") };
}

function* recordWithdrawal(
  process: ModelProcess,
  object: PackageRevision,
  view: RevisionView,
  draft: DraftBranch,
): Steps<Oid | undefined> {
  if (draft.trailers?.lifecycle !== "proposed") return draft.commit;
  const metadata = nextMetadata(object, draft.trailers.metadata);
  const trailers = { path: view.path, workspace: draft.workspace, lifecycle: "draft", metadata } as const;
  const refs = yield* process.push(object, (now) =>
    now.found?.kind === "draft" && now.found.commit === draft.commit
      ? commitChange(now, { draft, edits: [], subject: "Return", trailers, author: OPERATOR })
      : undefined,
  );
  return refs === undefined ? undefined : oidOf(refs, draft.ref);
}

export function dropWish(process: ModelProcess, object: PackageRevision): PackageRevision {
  if ((object.spec.lifecycle ?? "draft") === "draft") return object;
  return process.api.patchRevision(object.metadata.name, { spec: { lifecycle: "draft", approval: null } });
}
