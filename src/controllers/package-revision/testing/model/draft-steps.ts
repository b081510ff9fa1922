import type { DraftBase, PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import type { PackageFile } from "../../../../core/files/package-file.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import { OPERATOR } from "../../../../core/identity/person.ts";
import { draftRef } from "../../../../core/identity/refs.ts";
import type { DraftBranch } from "../../../../core/repository/classify-ref.ts";
import { initPackage } from "../../../../core/revision/init-package.ts";
import type { Blocker, Observation, RevisionView } from "../../../../core/revision/observation.ts";
import { type DraftOrigin, planRevision } from "../../../../core/revision/plan.ts";
import {
  isRecorded,
  metadataDigest,
  recordedAs,
  recordedMetadataOf,
} from "../../../../core/revision/recorded-metadata.ts";
import { beginChange } from "../../../../storage/git/package-store/package-changes.ts";
import { commitEdits, mergeEdits, refuseEdits } from "./merge-edits.ts";
import { upstreamPath } from "./observe.ts";
import type { ModelProcess } from "./process.ts";
import { describe, lookAgain, oidOf, type Result, ready, type Steps, withBlocker } from "./results.ts";
import { asFiles, textOf } from "./trees.ts";
import { changesOf, ownFiles } from "./view.ts";

export function* startDraft(
  process: ModelProcess,
  seen: Observation,
  view: RevisionView,
  beginning: DraftOrigin,
): Steps<Result> {
  const { object } = seen;
  const { workspace } = object.spec.packageRevID;
  const origin = originOf(process, object, view, beginning);
  let base: DraftBase = {};
  const refs = yield* process.push(object, (now) => {
    const stillStarts = planRevision({ ...seen, view: now }).kind === "createDraft";
    if (!stillStarts || now.latest?.ref !== view.latest?.ref) return undefined;
    base = {
      ...(now.latest !== undefined && { revision: now.latest.revision }),
      ...(now.mainCommit !== undefined && { commit: now.mainCommit }),
      ...(origin.mainCommit !== undefined && { mainCommit: origin.mainCommit }),
    };
    const trailers = {
      path: now.path,
      workspace,
      lifecycle: "draft",
      metadata: { ...recordedMetadataOf(object), base },
    } as const;
    return beginChange(now, { workspace, files: origin.files, subject: "Start", trailers, author: OPERATOR });
  });
  if (refs === undefined) return lookAgain();
  const commit = oidOf(refs, draftRef(view.path, workspace));
  const read = process.read(commit, view);
  yield* process.createContents(object, read, { frozen: false, commit });
  return {
    status: { lifecycle: "draft", base, metadataDigest: metadataDigest(object), ...describe(commit, read) },
    readiness: ready("Draft"),
  };
}

function originOf(
  process: ModelProcess,
  object: PackageRevision,
  view: RevisionView,
  beginning: DraftOrigin,
): { readonly files: readonly PackageFile[] | Oid; readonly mainCommit?: Oid } {
  const like = view.mainCommit ?? "";
  switch (beginning.kind) {
    case "empty":
      return { files: [] };
    case "init":
      return {
        files: asFiles(
          new Map([...initPackage(object.spec.packageRevID)].map(([path, bytes]) => [path, textOf(bytes)])),
          like,
        ),
      };
    case "latest":
      return { files: beginning.published.tree };
    case "upstream": {
      const { tree, revision, commit } = beginning.source;
      const path = upstreamPath(object);
      if (path === view.path) return { files: tree, ...(revision === "main" && { mainCommit: commit }) };
      const nested = process.mirror.index.nested(path).map((one) => ({ path: one }));
      return { files: asFiles(ownFiles(process.mirror, commit, { path, nested }), like) };
    }
    default:
      return beginning satisfies never;
  }
}

export function* openDraft(
  process: ModelProcess,
  object: PackageRevision,
  view: RevisionView,
  draft: DraftBranch,
  blocker: Blocker | undefined,
): Steps<Result> {
  const known = object.status?.lifecycle === "draft" && object.status.commit === draft.commit;
  if (known && process.isSettled(object) && isRecorded(object, draft.trailers))
    return withBlocker(blocker, {}, ready("Draft"));
  const page = process.readContents(object);
  if (page === undefined) return yield* showDraft(process, object, view, draft, blocker);
  const merged = mergeEdits(process, object, view, draft, page);
  if ("problem" in merged) return yield* refuseEdits(process, object, page, merged.problem);
  const done = yield* commitEdits(process, object, view, draft, merged, "draft", page);
  if (done === undefined) return lookAgain();
  const note = { frozen: false, commit: done.commit, error: undefined };
  yield;
  if (merged.rewrite) {
    const open = process.unfreeze(page);
    yield* process.rewrite(open, done.read, note);
  } else process.note(page, note);
  const base = object.status?.base ?? draft.trailers?.metadata.base;
  const status = {
    lifecycle: "draft",
    base,
    metadataDigest: metadataDigest(object),
    ...describe(done.commit, done.read),
    proposal: undefined,
  };
  return withBlocker(blocker, status, ready("Draft"));
}

export function* showDraft(
  process: ModelProcess,
  object: PackageRevision,
  view: RevisionView,
  draft: DraftBranch,
  blocker?: Blocker,
): Steps<Result> {
  const read = process.read(draft.commit, view);
  yield* process.createContents(object, read, { frozen: false, commit: draft.commit });
  const base = object.status?.base ?? draft.trailers?.metadata.base ?? findBase(process, view, draft);
  const recorded = recordedAs(object, draft.trailers);
  const status = { lifecycle: "draft", base, ...recorded, ...describe(draft.commit, read), proposal: undefined };
  return withBlocker(blocker, status, ready("Draft"));
}

function findBase(process: ModelProcess, view: RevisionView, draft: DraftBranch): DraftBase {
  if (view.mainCommit === undefined) return {};
  const onMain = process.remote.history([view.mainCommit]);
  const [commit] = [...process.remote.history([draft.commit])]
    .filter((one) => onMain.has(one))
    .sort()
    .toReversed();
  if (commit === undefined) return {};
  const { latest } = view;
  const trees = () => changesOf(process.mirror, commit, view).map((one) => process.remote.treeAt(one, view.path));
  const holdsLatest =
    latest !== undefined && (process.mirror.contains(commit, latest.commit) || trees().includes(latest.tree));
  return { commit, mainCommit: commit, ...(holdsLatest && { revision: latest.revision }) };
}
