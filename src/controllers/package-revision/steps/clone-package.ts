import { MAIN_REVISION } from "../../../api/v1alpha1/package-identity.ts";
import { showFiles } from "../../../core/files/package-file.ts";
import { locationOf, packagePath } from "../../../core/identity/location.ts";
import type { RevisionView, Source } from "../../../core/revision/observation.ts";
import { lockOf, recordedLock } from "../../../core/revision/upstream-lock.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import type { RevisionScope } from "../scope.ts";
import { assertNoOutgoingLinks, type FirstFiles, moveFile, storeOf } from "./first-files.ts";

/** The files of spec.upstream. */
export async function clonePackage(
  { object, dependencies, admit, store: own }: RevisionScope,
  view: RevisionView,
  source: Source,
): Promise<FirstFiles> {
  const { revision, commit } = source;
  const { upstream } = object.spec;
  if (upstream === undefined) throw new Error("spec.upstream was observed");
  const store = storeOf(dependencies, object, upstream);
  const path = packagePath(store.layout, locationOf(upstream, store.layout));
  const files = await store.readForClone(path, source, admit);
  const digest = await digestOf(showFiles(files).files);
  // The package's own folder, on main or in one of its revisions: its tree is taken as it is, whatever names it holds.
  const isOwn = store === own && path === view.path;
  if (!isOwn) assertNoOutgoingLinks(view.path, files);
  // An earlier revision of the package itself: it stays a copy of what that one was made from.
  const inherited = isOwn ? recordedLock(source.trailers?.metadata) : undefined;
  return {
    ...(isOwn && { size: files.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0) }),
    files: isOwn ? source : files.map((file) => moveFile(file, upstream, object.spec.packageRevID)),
    subject: `a clone of ${upstream.repository}/${path} ${revision}`,
    lock: inherited ?? lockOf(upstream, { revision, commit, digest }),
    ...(isOwn && revision === MAIN_REVISION && { mainCommit: commit }),
  };
}
