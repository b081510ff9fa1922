import { keyOf } from "../../../api/meta.ts";
import { formatCount } from "../../../core/conditions/count.ts";
import { type PackageFile, showFiles } from "../../../core/files/package-file.ts";
import { locationOf, packagePath } from "../../../core/identity/location.ts";
import { objectFormatOf } from "../../../core/identity/oid.ts";
import { MAX_VALUE } from "../../../core/merge/conflict-file.ts";
import type { MergeCall } from "../../../core/merge/merge-call.ts";
import type { Upstream } from "../../../core/ports/package-store.ts";
import type { RevisionView, Source } from "../../../core/revision/observation.ts";
import type { DraftOrigin } from "../../../core/revision/plan.ts";
import { lockOf, upstreamOf } from "../../../core/revision/upstream-lock.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import type { RevisionScope } from "../scope.ts";
import { assertNoOutgoingLinks, type FirstFiles, moveFile, storeOf } from "./first-files.ts";
import { mergedFiles, withoutConflicts } from "./merged-files.ts";

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
  const files = mergedFiles(merged, `${name} ${revision}`, objectFormatOf(view.mainCommit));
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
