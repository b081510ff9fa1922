import { MAIN_REVISION } from "../../../api/v1alpha1/package-identity.ts";
import { locationOf, packagePath } from "../../../core/identity/location.ts";
import type { Upstream, UpstreamResult } from "../../../core/ports/package-store.ts";
import type { RefIndex } from "./ref-index.ts";

/** The published revision that `spec.upstream` names; the latest one if it names none. */
export function findPublishedUpstream({ packages, layout }: RefIndex, upstream: Upstream): UpstreamResult {
  const path = packagePath(layout, locationOf(upstream, layout));
  const { revision } = upstream;
  const source = revision === undefined ? packages.latest(path) : packages.package(path)?.published.get(revision);
  if (source !== undefined) return { kind: "found", source };
  const known = [...(packages.package(path)?.published.keys() ?? [])].join(", ") || "none";
  const name = `${path}${revision === undefined ? "" : ` ${revision}`}`;
  return { kind: "missing", message: `has no published ${name} (revisions there: ${known})` };
}

/** The package's folder as the published branch has it now, released or not. */
export async function findUpstreamOnMain(index: RefIndex, upstream: Upstream): Promise<UpstreamResult> {
  const { mainCommit: commit, mainRef, layout, mirror } = index;
  const path = packagePath(layout, locationOf(upstream, layout));
  const tree = commit === undefined ? undefined : await mirror.reader.treeAt(commit, path);
  if (commit !== undefined && tree !== undefined) {
    return { kind: "found", source: { revision: MAIN_REVISION, commit, tree } };
  }
  return { kind: "missing", message: `has no folder ${path} on ${mainRef}` };
}
