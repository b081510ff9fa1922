import { ANNOTATION_EDITED_BY } from "../../api/names.ts";
import type { PackageRevision } from "../../api/package-revision.ts";
import { locationOf, packagePath } from "../../core/identity/location.ts";
import type { Observed, UpstreamView } from "../../core/lifecycle/observed.ts";
import type { Operator } from "../operator.ts";
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
    upstream: observeUpstream(operator, object),
    editors: editorsOf(operator, object),
  };
}

function observeUpstream(operator: Operator, object: PackageRevision): UpstreamView {
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
  const published =
    upstream.revision === undefined
      ? state.index.latest(path)
      : state.index.package(path)?.published.get(upstream.revision);
  if (published !== undefined) return { state: "found", published };
  const known = [...(state.index.package(path)?.published.keys() ?? [])].join(", ") || "none";
  const what = `${path}${upstream.revision === undefined ? "" : ` ${upstream.revision}`}`;
  return {
    state: "missing",
    message: `spec.upstream: Repository ${upstream.repository} has no published ${what} (revisions there: ${known})`,
  };
}

/** Who edited the package's contents, the last one last. */
export function editorsOf(operator: Operator, object: PackageRevision): readonly string[] {
  const pages = operator.contents.by("owner", `${object.metadata.namespace}/${object.metadata.name}`);
  return pages
    .flatMap((page) => page.metadata.annotations?.[ANNOTATION_EDITED_BY]?.split("\n") ?? [])
    .filter((name) => name !== "");
}
