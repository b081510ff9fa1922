import { ANNOTATION_EDITED_BY } from "../../api/names.ts";
import { MAIN_REVISION, type PackageRevision } from "../../api/package-revision.ts";
import { locationOf, packagePath } from "../../core/identity/location.ts";
import type { Observed, UpstreamView } from "../../core/lifecycle/observed.ts";
import type { Operator } from "../operator.ts";
import type { RepositoryState } from "../repository/state.ts";
import { observeGit } from "./observe-git.ts";

/** Collects once everything that a reconcile decides on. */
export async function observe(operator: Operator, object: PackageRevision): Promise<Observed> {
  const { namespace } = object.metadata;
  const key = `${namespace}/${object.spec.packageRevID.repository}`;
  const repository = operator.repositories.get(key);
  const state = operator.states.get(key);
  return {
    object,
    ...(repository !== undefined && { repository }),
    ...(state !== undefined && { git: await observeGit(state, object) }),
    upstream: await observeUpstream(operator, object),
    editors: editorsOf(operator, object),
  };
}

async function observeUpstream(operator: Operator, object: PackageRevision): Promise<UpstreamView> {
  const { upstream } = object.spec;
  if (upstream === undefined || object.status?.lifecycle !== undefined) return { state: "none" };
  const key = `${object.metadata.namespace}/${upstream.repository}`;
  if (operator.repositories.get(key) === undefined) {
    return { state: "missing", message: `spec.upstream: no Repository ${upstream.repository} in this namespace` };
  }
  const state = operator.states.get(key);
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

/** The folder as the packages' branch has it now, whether a revision was made of it or not. */
async function findOnMain(state: RepositoryState, path: string, repository: string): Promise<UpstreamView> {
  await state.refresh();
  const { mainCommit: commit, mainRef } = state;
  const tree = commit === undefined ? undefined : await state.clone.mirror.reader.treeAt(commit, path);
  if (commit !== undefined && tree !== undefined) {
    return { state: "found", source: { revision: MAIN_REVISION, commit, tree } };
  }
  return { state: "missing", message: `spec.upstream: Repository ${repository} has no folder ${path} on ${mainRef}` };
}

/** Who edited the package's contents, the last one last. */
export function editorsOf(operator: Operator, object: PackageRevision): readonly string[] {
  const pages = operator.contents.by("owner", `${object.metadata.namespace}/${object.metadata.name}`);
  return pages
    .flatMap((page) => page.metadata.annotations?.[ANNOTATION_EDITED_BY]?.split("\n") ?? [])
    .filter((name) => name !== "");
}
