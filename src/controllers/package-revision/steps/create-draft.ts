import type { DraftBase } from "../../../api/v1alpha1/package-revision-status.ts";
import type { ShownPackage } from "../../../core/files/package-file.ts";
import { branchRef } from "../../../core/identity/refs.ts";
import type { BeginRequest, PreparedWrite } from "../../../core/ports/package-store.ts";
import { mayLackNames } from "../../../core/revision/attribution.ts";
import { type CommitMetadata, editedAfter } from "../../../core/revision/commit-trailers.ts";
import { recordedEditors } from "../../../core/revision/editor-trailers.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { type DraftOrigin, planRevision } from "../../../core/revision/plan.ts";
import { metadataDigest, recordedMetadataOf } from "../../../core/revision/recorded-metadata.ts";
import { checkAhead, checkFiles } from "../checks/report-files.ts";
import { adoptRendered, hasChanges, processAhead } from "../processing/process-contents.ts";
import { processCommitted } from "../processing/process-draft.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { changerOf, changersOf, prefixesOf, type RevisionScope, uidOf } from "../scope.ts";
import { withoutFiles } from "./commit-render.ts";
import { commitStatus } from "./commit-status.ts";
import { readFirstFiles } from "./draft-origin.ts";
import { draftReady } from "./draft-ready.ts";
import type { FirstFiles } from "./first-files.ts";
import { type FirstRender, readAhead, renderFirst, renderMetadata, renderRequest } from "./first-render.ts";
import { assertRecordable } from "./metadata-limit.ts";
import type { StepResult } from "./step.ts";

/** Begins a draft: its branch with the first files, then the contents objects that show them. */
export async function createDraft(scope: RevisionScope, view: RevisionView, origin: DraftOrigin): Promise<StepResult> {
  const { object, store, contents } = scope;
  const first = await readFirstFiles(scope, view, origin);
  const shown = await readAhead(scope, view, first);
  const render = await renderFirst(scope, view, shown, firstBase(view, first));
  const pushing = store.begin(object, (now) => prepareBegin(scope, view, now, first, render));
  const ahead = render === undefined ? beginAhead(scope, view, first, shown) : undefined;
  const [result] = await Promise.all([pushing, ahead]);
  if (result.kind === "aborted") {
    const message = "Git has changed in the meantime: reconciling again";
    return { status: {}, readiness: { state: "reconciling", reason: "Starting", message }, again: true };
  }
  const { commit, value } = result;
  const { base, trailers } = value;
  const read = await store.readCommit(view, commit, scope.admit);
  const report = checkFiles(scope, commit, read.files);
  const digest = await digestOf(read.files);
  const processed =
    render === undefined || trailers?.digest !== digest
      ? await processCommitted(scope, view, { commit, read, digest, base, trailers })
      : await adoptRendered(scope, trailers, digest, withoutFiles(render.rendered));
  await contents.create(object, read.shown, { frozen: false, commit, read, report, results: processed.results });
  const ref = branchRef(`${view.path}/${object.spec.packageRevID.workspace}`);
  return {
    status: {
      lifecycle: "draft",
      ...commitStatus(commit, read, digest),
      metadataDigest: metadataDigest(object, prefixesOf(scope)),
      base,
      ...(base.mainCommit !== undefined && { edited: true }),
      ...(first.lock !== undefined && { upstreamLock: first.lock }),
    },
    readiness: draftReady({ ref }, read.files.length),
    report,
    processed,
    again: object.spec.lifecycle === "proposed" || hasChanges(processed),
  };
}

/** Begins the checks, the render and the validation while the push is under way, so that they add no latency. */
async function beginAhead(
  scope: RevisionScope,
  view: RevisionView,
  first: FirstFiles,
  shown: ShownPackage | undefined,
): Promise<void> {
  if (shown === undefined) return;
  const { files } = shown;
  checkAhead(scope, files);
  const digest = await digestOf(files);
  processAhead(scope, undefined, { view, digest, files, base: firstBase(view, first) });
}

interface Begun {
  readonly base: DraftBase;
  /** The record of the render's commit; absent without one. */
  readonly trailers?: CommitMetadata;
}

/** Plans again on the present state: an overlapping package may have been created first. Main may have advanced. */
function prepareBegin(
  scope: RevisionScope,
  before: RevisionView,
  view: RevisionView,
  first: FirstFiles,
  rendered: FirstRender | undefined,
): PreparedWrite<BeginRequest, Begun> {
  const { object, observation } = scope;
  const { files, subject, lock } = first;
  const base = firstBase(view, first);
  const stillBegins = planRevision({ ...observation, view }).kind === "createDraft";
  if (!stillBegins || view.latest?.ref !== before.latest?.ref) return { kind: "abort", value: { base } };
  const { workspace } = object.spec.packageRevID;
  const metadata = {
    ...recordedMetadataOf(object, prefixesOf(scope)),
    base,
    ...(lock !== undefined && { upstreamLock: lock }),
  };
  assertRecordable(metadata);
  const editorsUnknown = mayLackNames(observation.policies, object, [], false);
  const editors = recordedEditors({ editors: changersOf(object), editorsUnknown });
  // The render has the same trailers: the last commit of this push names the object, see `PackageIndex.isLate`.
  const own = { path: view.path, workspace, ...uidOf(object), lifecycle: "draft", ...editors, metadata } as const;
  const trailers = { ...own, ...editedAfter(own) };
  const render = rendered && renderRequest(view, workspace, trailers, rendered);
  const request = {
    workspace,
    files,
    subject: `Start ${view.path} (${workspace}): ${subject}`,
    trailers,
    author: changerOf(scope),
    ...(render !== undefined && { render }),
  } as const;
  const isRendered = rendered !== undefined && render !== undefined;
  return {
    kind: "write",
    request,
    value: { base, ...(isRendered && { trailers: renderMetadata(trailers, rendered) }) },
  };
}

function firstBase(view: RevisionView, { mainCommit }: FirstFiles): DraftBase {
  return { ...baseOf(view), ...(mainCommit !== undefined && { mainCommit }) };
}

/** The base of a new draft: the latest revision, and the commit of main where its branch begins. */
function baseOf(view: RevisionView): DraftBase {
  return {
    ...(view.latest !== undefined && { revision: view.latest.revision }),
    ...(view.mainCommit !== undefined && { commit: view.mainCommit }),
  };
}
