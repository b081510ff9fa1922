import { type DraftBase, MAIN_REVISION, type UpstreamLock } from "../../../api/v1alpha1/package-revision.ts";
import { showFiles } from "../../../core/files/package-file.ts";
import { blobOid } from "../../../core/identity/hash.ts";
import { locationOf, packagePath } from "../../../core/identity/location.ts";
import { type Oid, objectFormatOf } from "../../../core/identity/oid.ts";
import { draftRef } from "../../../core/identity/refs.ts";
import { recordedMetadataOf } from "../../../core/revision/commit-trailers.ts";
import { initPackage } from "../../../core/revision/init-package.ts";
import type { RevisionView, Source } from "../../../core/revision/observation.ts";
import { type Beginning, planRevision } from "../../../core/revision/plan.ts";
import { metadataDigest } from "../../../core/revision/recorded-metadata.ts";
import { type FileToWrite, startChange } from "../../../storage/git/package-store/package-changes.ts";
import { checkPackage, readForCopy } from "../../../storage/git/package-store/package-files.ts";
import { checkFiles } from "../checks/report-files.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { changerOf, commitOf, pushPlanned, type RevisionScope, readerOf, readTree, type StepResult } from "../scope.ts";
import { checkMetadata } from "./commit-edits.ts";
import { commitStatus } from "./sync-draft.ts";

/** Begins a draft: its branch, with its first files, then the objects that show them. */
export async function createDraft(
  session: RevisionScope,
  view: RevisionView,
  beginning: Beginning,
): Promise<StepResult> {
  const { object } = session;
  const workspace = object.spec.packageRevID.workspace;
  const origin = await findOrigin(session, view, beginning);
  const lock = origin.lock === undefined ? {} : { upstreamLock: origin.lock };
  const subject = `Start ${view.path} (${workspace}): ${origin.subject}`;
  let base: DraftBase = {};
  const refs = await pushPlanned(session, "start", (now) => {
    // Decided again on what Git is now: an overlapping package may have come first. Main may move on under others' publications.
    const stillStarts = planRevision({ ...session.observation, view: now }).kind === "createDraft";
    if (!stillStarts || now.latest?.ref !== view.latest?.ref) return undefined;
    base = { ...baseOf(now), ...(origin.mainCommit !== undefined && { mainCommit: origin.mainCommit }) };
    const metadata = { ...recordedMetadataOf(object), base, ...lock };
    checkMetadata(metadata);
    const trailers = { path: now.path, workspace, lifecycle: "draft", metadata } as const;
    return startChange(now, workspace, origin.files, { subject, trailers, author: changerOf(session) });
  });
  if (refs === undefined) return { status: {}, readiness: starting("Git has moved: looking again"), again: true };
  const commit = commitOf(refs, draftRef(view.path, workspace));
  const tree = await readerOf(session).treeAt(commit, view.path);
  const read = await readTree(session, view, tree);
  const report = checkFiles(session, commit, read.files);
  await session.contents.create(object, read.shown, { frozen: false, commit, hidden: read.hidden, report });
  return {
    status: {
      lifecycle: "draft",
      ...commitStatus(commit, read, await digestOf(read.files)),
      metadataDigest: metadataDigest(object),
      base,
      ...lock,
    },
    readiness: { state: "ready", reason: "Draft", message: `branch ${view.path}/${workspace}, ${origin.subject}` },
    report,
    again: object.spec.lifecycle === "proposed",
  };
}

/** What a draft grows from: the latest revision, and the commit of main that its branch leaves. */
function baseOf(view: RevisionView): DraftBase {
  return {
    ...(view.latest !== undefined && { revision: view.latest.revision }),
    ...(view.mainCommit !== undefined && { commit: view.mainCommit }),
  };
}

function starting(message: string): StepResult["readiness"] {
  return { state: "reconciling", reason: "Starting", message };
}

interface Origin {
  readonly files: readonly FileToWrite[] | Oid;
  readonly subject: string;
  readonly lock?: UpstreamLock;
  /** The commit of the repository's own packages' branch, where the files are from there. */
  readonly mainCommit?: Oid;
}

async function findOrigin(session: RevisionScope, view: RevisionView, beginning: Beginning): Promise<Origin> {
  switch (beginning.from) {
    case "empty":
      return { files: [], subject: "a new package, empty" };
    case "init": {
      const objectFormat = objectFormatOf(view.mainCommit);
      const files = [...initPackage(session.object.spec.packageRevID)].map(([path, bytes]) => {
        return { path, mode: "100644" as const, oid: blobOid(bytes, objectFormat), bytes };
      });
      return { files, subject: "a new package" };
    }
    case "latest": {
      const nested = view.nested.map((one) => one.path);
      const { tree, revision } = beginning.published;
      await checkPackage(readerOf(session), tree, view.path, nested);
      return { files: tree, subject: `from ${revision}` };
    }
    case "upstream":
      return await copyUpstream(session, view, beginning.source);
    default:
      return beginning satisfies never;
  }
}

async function copyUpstream(
  session: RevisionScope,
  view: RevisionView,
  { revision, commit, tree }: Source,
): Promise<Origin> {
  const { namespace } = session.object.metadata;
  const { upstream } = session.object.spec;
  const source = session.context.registry.get(`${namespace}/${upstream?.repository}`);
  if (upstream === undefined || source === undefined)
    throw new Error(`Repository ${upstream?.repository} was closed meanwhile`);
  const path = packagePath(source.layout, locationOf(upstream, source.layout));
  const { reader } = source.clone.mirror;
  const files = await readForCopy(reader, tree, path, source.index.nested(path));
  const digest = await digestOf(showFiles(files).files);
  // The package's own folder, as main or a revision of it has it: its tree, whatever names are in it.
  const own = source === session.state && path === view.path;
  return {
    files: own ? tree : files,
    subject: `a clone of ${upstream.repository}/${path} ${revision}`,
    lock: { revision, commit, digest },
    ...(own && revision === MAIN_REVISION && { mainCommit: commit }),
  };
}
