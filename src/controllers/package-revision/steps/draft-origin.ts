import { MAIN_REVISION } from "../../../api/v1alpha1/package-identity.ts";
import type { UpstreamLock } from "../../../api/v1alpha1/package-revision-status.ts";
import { outgoingLinks } from "../../../core/files/outgoing-links.ts";
import { showFiles } from "../../../core/files/package-file.ts";
import { classifyLinks } from "../../../core/files/symlinks.ts";
import { blobOid } from "../../../core/identity/hash.ts";
import { locationOf, packagePath } from "../../../core/identity/location.ts";
import { type Oid, objectFormatOf } from "../../../core/identity/oid.ts";
import type { FileToWrite, OwnTree } from "../../../core/ports/package-store.ts";
import { initPackage } from "../../../core/revision/init-package.ts";
import type { RevisionView, Source } from "../../../core/revision/observation.ts";
import { CONTEXT_PATH, type Identity, moveContext } from "../../../core/revision/package-context.ts";
import type { DraftOrigin } from "../../../core/revision/plan.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import type { RevisionScope } from "../scope.ts";

/** The first files of a draft. */
export interface FirstFiles {
  readonly files: readonly FileToWrite[] | OwnTree;
  /** Completes the subject of the first commit. */
  readonly subject: string;
  readonly lock?: UpstreamLock;
  /** The commit of the repository's own published branch, if the files are taken from there. */
  readonly mainCommit?: Oid;
}

/**
 * Reads the files that a draft begins with. Throws the store's errors: a package that is too large, names that are not
 * UTF-8.
 */
export async function readFirstFiles(
  scope: RevisionScope,
  view: RevisionView,
  origin: DraftOrigin,
): Promise<FirstFiles> {
  switch (origin.kind) {
    case "empty":
      return { files: [], subject: "a new package, empty" };
    case "init": {
      const objectFormat = objectFormatOf(view.mainCommit);
      const files = [...initPackage(scope.object.spec.packageRevID)].map(([path, bytes]) => {
        return { path, mode: "100644" as const, oid: blobOid(bytes, objectFormat), bytes };
      });
      return { files, subject: "a new package" };
    }
    case "latest": {
      const { tree, revision } = origin.published;
      await scope.store.assertSize(view, tree);
      return { files: origin.published, subject: `from ${revision}` };
    }
    case "upstream":
      return await cloneUpstream(scope, view, origin.source);
    default:
      return origin satisfies never;
  }
}

async function cloneUpstream(
  { object, dependencies, admit, store: own }: RevisionScope,
  view: RevisionView,
  source: Source,
): Promise<FirstFiles> {
  const { revision, commit } = source;
  const { namespace } = object.metadata;
  const { upstream } = object.spec;
  const store = dependencies.registry.get(`${namespace}/${upstream?.repository}`)?.store;
  if (upstream === undefined || store === undefined)
    throw new Error(`Repository ${upstream?.repository} was closed in the meantime`);
  const path = packagePath(store.layout, locationOf(upstream, store.layout));
  const files = await store.readForClone(path, source, admit);
  const digest = await digestOf(showFiles(files).files);
  // The package's own folder, on main or in one of its revisions: its tree is taken as it is, whatever names it holds.
  const isOwn = store === own && path === view.path;
  const links = classifyLinks(view.path, files);
  const outgoing = isOwn ? undefined : outgoingLinks(showFiles(files, links).hidden);
  if (outgoing !== undefined) throw new StalledError({ reason: outgoing.reason, retry: "never" }, outgoing.message);
  return {
    files: isOwn ? source : files.map((file) => moveFile(file, upstream, object.spec.packageRevID)),
    subject: `a clone of ${upstream.repository}/${path} ${revision}`,
    lock: { revision, commit, digest },
    ...(isOwn && revision === MAIN_REVISION && { mainCommit: commit }),
  };
}

/** The context is rewritten for the new package; every other file is copied as it is. */
function moveFile(file: FileToWrite, from: Identity, to: Identity): FileToWrite {
  if (file.path !== CONTEXT_PATH || file.bytes === undefined || file.mode === "120000") return file;
  const bytes = moveContext(file.bytes, from, to);
  return bytes === undefined ? file : { ...file, bytes, oid: blobOid(bytes, objectFormatOf(file.oid)) };
}
