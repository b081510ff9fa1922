import { MAIN_REVISION } from "../../../api/v1alpha1/package-identity.ts";
import { locationOf, packagePath } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { revisionRef } from "../../../core/identity/refs.ts";
import type { Upstream, UpstreamResult } from "../../../core/ports/package-store.ts";
import type { RefIndex } from "./ref-index.ts";
import { findCommitProblem } from "./verify-tag.ts";

/** The published revision that `spec.upstream` names; the latest one if it names none. */
export function findPublishedUpstream({ packages, layout }: RefIndex, upstream: Upstream): UpstreamResult {
  const path = packagePath(layout, locationOf(upstream, layout));
  const { revision } = upstream;
  const source = revision === undefined ? packages.latest(path) : packages.package(path)?.published.get(revision);
  if (source !== undefined) return { kind: "found", source };
  const notVerified = revision === undefined ? undefined : packages.notVerified(revisionRef(path, revision));
  if (notVerified !== undefined) {
    return { kind: "missing", message: `has ${path} ${revision} only as a tag that is not verified: ${notVerified}` };
  }
  const known = [...(packages.package(path)?.published.keys() ?? [])].join(", ") || "none";
  const name = `${path}${revision === undefined ? "" : ` ${revision}`}`;
  return { kind: "missing", message: `has no published ${name} (revisions there: ${known})` };
}

/** The package's folder in a commit that the mirror has, with the packages below it as they were published then. */
export async function findUpstreamAt(index: RefIndex, upstream: Upstream, commit: Oid): Promise<UpstreamResult> {
  const { packages, layout, mirror } = index;
  const path = packagePath(layout, locationOf(upstream, layout));
  const { revision = MAIN_REVISION } = upstream;
  const published = packages.package(path)?.published.get(revision);
  if (published?.commit === commit) return { kind: "found", source: published };
  const isThere = (await mirror.reader.info(commit)) !== undefined;
  const tree = isThere ? await mirror.reader.treeAt(commit, path) : undefined;
  if (tree !== undefined) return { kind: "found", source: { revision, commit, tree } };
  const message = isThere ? `has no folder ${path} in the commit ${commit}` : `no longer has the commit ${commit}`;
  return { kind: "missing", message: `${message}, which ${path} ${revision} was` };
}

/** The package's folder as the published branch has it now, released or not. */
export async function findUpstreamOnMain(index: RefIndex, upstream: Upstream): Promise<UpstreamResult> {
  const { mainCommit: commit, mainRef, layout, mirror } = index;
  const path = packagePath(layout, locationOf(upstream, layout));
  const tree = commit === undefined ? undefined : await mirror.reader.treeAt(commit, path);
  if (commit !== undefined && tree !== undefined) {
    const problem = await findMainProblem(index, path, commit, tree);
    if (problem === undefined) return { kind: "found", source: { revision: MAIN_REVISION, commit, tree } };
    const message =
      `has ${path} on ${mainRef} with files of no verified revision, and its newest commit ${problem}: ` +
      "name a published revision";
    return { kind: "missing", message };
  }
  return { kind: "missing", message: `has no folder ${path} on ${mainRef}` };
}

/**
 * Why the files on main are not verified: they are those of no verified revision, and no listed key signed the commit.
 * The operator's commits say nothing about files that others pushed before.
 */
async function findMainProblem(
  { packages, verification, mirror }: RefIndex,
  path: string,
  commit: Oid,
  tree: Oid,
): Promise<string | undefined> {
  if (verification === undefined) return undefined;
  const published = [...(packages.package(path)?.published.values() ?? [])];
  if (published.some((one) => one.tree === tree)) return undefined;
  return await findCommitProblem(mirror.reader, commit, verification);
}
