import { keyOf } from "../../../api/meta.ts";
import { formatCount } from "../../../core/conditions/count.ts";
import { type PackageFile, showFiles } from "../../../core/files/package-file.ts";
import { blobOid } from "../../../core/identity/hash.ts";
import { locationOf, packagePath } from "../../../core/identity/location.ts";
import { objectFormatOf } from "../../../core/identity/oid.ts";
import { CONFLICTS_PATH, MAX_VALUE, writeConflicts } from "../../../core/merge/conflict-file.ts";
import type { MergeCall, MergeResult } from "../../../core/merge/merge-call.ts";
import type { MergedFile } from "../../../core/merge/merge-trees.ts";
import type { FileToWrite, Upstream } from "../../../core/ports/package-store.ts";
import type { RevisionView, Source } from "../../../core/revision/observation.ts";
import type { DraftOrigin } from "../../../core/revision/plan.ts";
import { lockOf, upstreamOf } from "../../../core/revision/upstream-lock.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import type { RevisionScope } from "../scope.ts";
import { assertNoOutgoingLinks, type FirstFiles, moveFile, storeOf } from "./first-files.ts";

type Upgrade = Extract<DraftOrigin, { readonly kind: "upgrade" }>;

/**
 * The latest revision with what its upstream has changed since. What both have changed stays as it is, and is listed in
 * a file of the draft. Throws `StalledError` where nothing can be merged.
 */
export async function upgradePackage(scope: RevisionScope, view: RevisionView, upgrade: Upgrade): Promise<FirstFiles> {
  const { object, dependencies } = scope;
  const { upstream } = object.spec;
  if (upstream === undefined) throw new Error("spec.upstream was observed");
  const { revision, commit } = upgrade.source;
  const { call, digest } = await readSides(scope, view, upgrade, upstream);
  const { merges } = dependencies;
  const merged = await scope.releaseWorkerWhile(() => merges.merge(keyOf(object), call));
  const { path } = located(scope, upstream);
  const name = `${upstream.repository}/${path}`;
  const files = filesOf(merged, `${name} ${revision}`, view);
  assertNoOutgoingLinks(view.path, files);
  const { conflictCount: count } = merged;
  const conflicts = count === 0 ? "" : `, ${formatCount(count, "conflict")}`;
  return {
    files,
    subject: `${upgrade.published.revision} with ${name} ${upgrade.lock.revision} → ${revision}${conflicts}`,
    lock: lockOf(upstream, { revision, commit, digest }),
  };
}

/** Everything that is merged, in memory, and the digest of the new upstream. */
async function readSides(
  scope: RevisionScope,
  view: RevisionView,
  { published, lock, source }: Upgrade,
  upstream: Upstream,
): Promise<{ readonly call: MergeCall; readonly digest: string }> {
  const { object, store, admit } = scope;
  const before = upstreamOf(lock);
  const origin = located(scope, before);
  const found = await origin.store.findUpstreamAt(before, lock.commit);
  if (found.kind === "missing") {
    const message = `what ${published.revision} was made from cannot be read: Repository ${before.repository} ${found.message}`;
    throw new StalledError({ reason: "UpstreamNotFound", retry: "backoff" }, message);
  }
  const base = await readSide(scope, before, found.source);
  const next = await readSide(scope, upstream, source);
  const local = await store.readForClone(view.path, published, admit);
  const { packageRevID } = object.spec;
  const moved = (files: readonly PackageFile[], from: Upstream) =>
    withoutConflicts(files).map((file) => moveFile(file, from, packageRevID));
  // As they would have been cloned.
  const trees = { base: moved(base, before), upstream: moved(next, upstream), local: withoutConflicts(local) };
  const { upgradeStrategy: strategy = "resource-merge", inputs = [] } = object.spec;
  return { call: { trees, strategy, inputs, maxValue: MAX_VALUE }, digest: await digestOf(showFiles(next).files) };
}

async function readSide(scope: RevisionScope, upstream: Upstream, source: Source): Promise<readonly PackageFile[]> {
  const { store, path } = located(scope, upstream);
  return await store.readForClone(path, source, scope.admit);
}

function located({ dependencies, object }: RevisionScope, upstream: Upstream) {
  const store = storeOf(dependencies, object, upstream);
  return { store, path: packagePath(store.layout, locationOf(upstream, store.layout)) };
}

/** A list of conflicts is a draft's own. */
function withoutConflicts(files: readonly PackageFile[]): readonly PackageFile[] {
  return files.filter(({ path }) => path !== CONFLICTS_PATH);
}

function filesOf({ files, conflicts, conflictCount }: MergeResult, upstream: string, view: RevisionView) {
  const objectFormat = objectFormatOf(view.mainCommit);
  const list = { upstream, conflicts, count: conflictCount };
  const added: readonly MergedFile[] =
    conflictCount === 0 ? [] : [{ path: CONFLICTS_PATH, mode: "100644", bytes: writeConflicts(list) }];
  return [...files, ...added].map(({ path, mode, bytes, oid }): FileToWrite & PackageFile => {
    if (oid !== undefined) return { path, mode, oid, ...(bytes !== undefined && { bytes }) };
    const content = bytes ?? new Uint8Array();
    return { path, mode, bytes: content, oid: blobOid(content, objectFormat) };
  });
}
