import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import type { Observation, UpstreamView } from "../../../../core/revision/observation.ts";
import { aRepository, condition } from "../../../../core/testing/observed.ts";
import { MAIN } from "./mirror.ts";
import type { ModelProcess } from "./process.ts";
import type { Steps } from "./results.ts";
import { viewOf } from "./view.ts";

export function* observe(process: ModelProcess, object: PackageRevision): Steps<Observation> {
  const upstream = yield* upstreamOf(process, object);
  const repository = aRepository(process.tagOnly ? { publish: "tagOnly" } : {}, { ready: condition("Ready", "True") });
  return {
    object,
    repository,
    view: viewOf(process.mirror, object),
    upstream,
    editors: [],
  };
}

function* upstreamOf(process: ModelProcess, object: PackageRevision): Steps<UpstreamView> {
  const { upstream } = object.spec;
  if (upstream === undefined || object.status?.lifecycle !== undefined) return { kind: "none" };
  const path = upstreamPath(object);
  if (upstream.revision === "main") {
    yield* process.fetch();
    const commit = process.mirror.mainCommit;
    const tree = commit === undefined ? undefined : process.remote.treeAt(commit, path);
    if (commit === undefined || tree === undefined) return { kind: "missing", message: `no ${path} on ${MAIN}` };
    return { kind: "found", source: { revision: "main", commit, tree } };
  }
  const source = process.mirror.index.latest(path);
  return source === undefined ? { kind: "missing", message: `no ${path}` } : { kind: "found", source };
}

export function upstreamPath({ spec: { upstream } }: PackageRevision): string {
  return [upstream?.realm, upstream?.package].filter((part) => part !== undefined).join("/");
}
