import { type KubeObject, keyOf } from "../../api/meta.ts";
import { MAIN_REVISION, type PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_EDITED_BY } from "../../api/v1alpha1/well-known.ts";
import { locationOf, packagePath } from "../../core/identity/location.ts";
import type { Observation, UpstreamView } from "../../core/revision/observation.ts";
import { observeGit } from "../../storage/git/package-store/observe-revision.ts";
import type { RepositoryCache } from "../repository/repository-cache.ts";
import type { PackageRevisionContext } from "./context.ts";
import type { Contents } from "./resources/contents.ts";

/** Collects once everything that a reconcile decides on. */
export async function observe(
  operator: PackageRevisionContext,
  contents: Contents,
  object: PackageRevision,
): Promise<Observation> {
  const { namespace } = object.metadata;
  const key = `${namespace}/${object.spec.packageRevID.repository}`;
  const repository = operator.repositories.get(key);
  const state = operator.registry.get(key);
  return {
    object,
    ...(repository !== undefined && { repository }),
    ...(state !== undefined && { view: await observeGit(state, object) }),
    upstream: await observeUpstream(operator, object),
    // Who edited right before it was proposed may not have come by the watch yet: where it matters, the API server is asked.
    editors: editorsOf(
      asksForTwo(repository, object) ? await contents.read(object) : operator.contents.byIndex("owner", keyOf(object)),
    ),
  };
}

async function observeUpstream(operator: PackageRevisionContext, object: PackageRevision): Promise<UpstreamView> {
  const { upstream } = object.spec;
  if (upstream === undefined || object.status?.lifecycle !== undefined) return { state: "none" };
  const key = `${object.metadata.namespace}/${upstream.repository}`;
  if (operator.repositories.get(key) === undefined) {
    return { state: "missing", message: `spec.upstream: no Repository ${upstream.repository} in this namespace` };
  }
  const state = operator.registry.get(key);
  if (state === undefined) {
    return { state: "notReady", message: `spec.upstream: Repository ${upstream.repository} is not ready` };
  }
  const path = packagePath(state.layout, locationOf(upstream, state.layout));
  if (upstream.revision === MAIN_REVISION) return await findOnMain(state, path, upstream.repository);
  const source =
    upstream.revision === undefined
      ? state.index.latest(path)
      : state.index.package(path)?.published.get(upstream.revision);
  if (source !== undefined) return { state: "found", source };
  const known = [...(state.index.package(path)?.published.keys() ?? [])].join(", ") || "none";
  const what = `${path}${upstream.revision === undefined ? "" : ` ${upstream.revision}`}`;
  return {
    state: "missing",
    message: `spec.upstream: Repository ${upstream.repository} has no published ${what} (revisions there: ${known})`,
  };
}

/** The folder as the packages' branch has it now, whether a revision was made of it or not: so the remote is asked. */
async function findOnMain(state: RepositoryCache, path: string, repository: string): Promise<UpstreamView> {
  await state.clone.writer.fetch();
  await state.refresh();
  const { mainCommit: commit, mainRef } = state;
  const tree = commit === undefined ? undefined : await state.clone.mirror.reader.treeAt(commit, path);
  if (commit !== undefined && tree !== undefined) {
    return { state: "found", source: { revision: MAIN_REVISION, commit, tree } };
  }
  return { state: "missing", message: `spec.upstream: Repository ${repository} has no folder ${path} on ${mainRef}` };
}

/** True where it must be decided whether who approves has edited, too. */
function asksForTwo(repository: Repository | undefined, { spec, status }: PackageRevision): boolean {
  const approved = spec.lifecycle === "published" && status?.lifecycle === "proposed";
  return approved && repository?.spec.approval?.fourEyes === true;
}

/** Who edited the package's contents, the last one last. */
function editorsOf(pages: readonly KubeObject[]): readonly string[] {
  return pages
    .flatMap((page) => page.metadata.annotations?.[ANNOTATION_EDITED_BY]?.split("\n") ?? [])
    .filter((name) => name !== "");
}
