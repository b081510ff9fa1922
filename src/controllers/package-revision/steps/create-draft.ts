import type { DraftBase } from "../../../api/v1alpha1/package-revision-status.ts";
import { showFiles } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { branchRef } from "../../../core/identity/refs.ts";
import type { BeginRequest, PreparedWrite } from "../../../core/ports/package-store.ts";
import { mayLackNames } from "../../../core/revision/attribution.ts";
import { recordedEditors } from "../../../core/revision/editor-trailers.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { type DraftOrigin, planRevision } from "../../../core/revision/plan.ts";
import { metadataDigest, recordedMetadataOf } from "../../../core/revision/recorded-metadata.ts";
import { checkAhead, checkFiles } from "../checks/report-files.ts";
import { canWait, hasChanges, processContents } from "../processing/process-contents.ts";
import { processCommitted } from "../processing/process-draft.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { changerOf, changersOf, prefixesOf, type RevisionScope, uidOf } from "../scope.ts";
import { commitStatus } from "./commit-status.ts";
import { readFirstFiles } from "./draft-origin.ts";
import { draftReady } from "./draft-ready.ts";
import type { FirstFiles } from "./first-files.ts";
import { assertRecordable } from "./metadata-limit.ts";
import type { StepResult } from "./step.ts";

/** Begins a draft: its branch with the first files, then the contents objects that show them. */
export async function createDraft(scope: RevisionScope, view: RevisionView, origin: DraftOrigin): Promise<StepResult> {
  const { object, store, contents } = scope;
  const first = await readFirstFiles(scope, view, origin);
  const pushing = store.begin(object, (now) => prepareBegin(scope, view, now, first));
  const [result] = await Promise.all([pushing, processAhead(scope, view, first)]);
  if (result.kind === "aborted") {
    const message = "Git has changed in the meantime: reconciling again";
    return { status: {}, readiness: { state: "reconciling", reason: "Starting", message }, again: true };
  }
  const { commit, value: base } = result;
  const read = await store.readCommit(view, commit, scope.admit);
  const report = checkFiles(scope, commit, read.files);
  const digest = await digestOf(read.files);
  const processed = processCommitted(scope, view, { commit, read, digest, base, trailers: undefined });
  await contents.create(object, read.shown, { frozen: false, commit, read, report, results: processed.results });
  const ref = branchRef(`${view.path}/${object.spec.packageRevID.workspace}`);
  return {
    status: {
      lifecycle: "draft",
      ...commitStatus(commit, read, digest),
      metadataDigest: metadataDigest(object, prefixesOf(scope)),
      base,
      ...(first.lock !== undefined && { upstreamLock: first.lock }),
    },
    readiness: draftReady({ ref }, read.files.length),
    report,
    processed,
    again: object.spec.lifecycle === "proposed" || hasChanges(processed),
  };
}

/** Begins the checks, the render and the validation while the push is under way, so that they add no latency. */
async function processAhead(
  scope: RevisionScope,
  view: RevisionView,
  { files, mainCommit }: FirstFiles,
): Promise<void> {
  // Those of a revision of its own are read once they are on the branch.
  if (!("length" in files) || !canWait(files)) return;
  const { files: shown } = showFiles(files);
  checkAhead(scope, shown);
  const digest = await digestOf(shown);
  processContents(scope, undefined, { view, digest, files: shown, base: { ...baseOf(view), ...mainOf(mainCommit) } });
}

/** Plans again on the present state: an overlapping package may have been created first. Main may have advanced. */
function prepareBegin(
  scope: RevisionScope,
  before: RevisionView,
  view: RevisionView,
  { files, subject, lock, mainCommit }: FirstFiles,
): PreparedWrite<BeginRequest, DraftBase> {
  const { object, observation } = scope;
  const base = { ...baseOf(view), ...mainOf(mainCommit) };
  const stillBegins = planRevision({ ...observation, view }).kind === "createDraft";
  if (!stillBegins || view.latest?.ref !== before.latest?.ref) return { kind: "abort", value: base };
  const { workspace } = object.spec.packageRevID;
  const metadata = {
    ...recordedMetadataOf(object, prefixesOf(scope)),
    base,
    ...(lock !== undefined && { upstreamLock: lock }),
  };
  assertRecordable(metadata);
  const editorsUnknown = mayLackNames(observation.policies, object, [], false);
  const editors = recordedEditors({ editors: changersOf(object), editorsUnknown });
  const request = {
    workspace,
    files,
    subject: `Start ${view.path} (${workspace}): ${subject}`,
    trailers: { path: view.path, workspace, ...uidOf(object), lifecycle: "draft", ...editors, metadata },
    author: changerOf(scope),
  } as const;
  return { kind: "write", request, value: base };
}

function mainOf(mainCommit: Oid | undefined): Pick<DraftBase, "mainCommit"> {
  return mainCommit === undefined ? {} : { mainCommit };
}

/** The base of a new draft: the latest revision, and the commit of main where its branch begins. */
function baseOf(view: RevisionView): DraftBase {
  return {
    ...(view.latest !== undefined && { revision: view.latest.revision }),
    ...(view.mainCommit !== undefined && { commit: view.mainCommit }),
  };
}
