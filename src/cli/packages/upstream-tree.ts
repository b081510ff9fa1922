import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { compare } from "../../core/identity/compare.ts";
import { currentLifecycle } from "../names/match.ts";
import { identityKey, packageOfName, shortName } from "../names/query.ts";
import { type Branch, drawBranches } from "../output/branches.ts";
import { sourceOf } from "./upstream.ts";

type Revision = Pick<PackageRevision, "metadata" | "spec" | "status">;

/** A package with those that were cloned from it. */
export interface PackageNode {
  /** Without a version: `edge1/web/storefront`. */
  readonly name: string;
  /** Its revisions: published ones by their numbers, others with their states. */
  readonly versions: readonly string[];
  /** The revisions of the package above that it was cloned from. */
  readonly from: readonly string[];
  readonly clones: readonly PackageNode[];
}

/** The tree with a package in it: from the package at the beginning of its chain of upstreams down to all clones. */
export function buildUpstreamTree(own: Revision, all: readonly Revision[]): PackageNode {
  const packages = Map.groupBy(all, ({ spec }) => identityKey(spec.packageRevID));
  const clones = Map.groupBy(
    all.filter((one) => sourceOf(one) !== undefined),
    (one) => identityKey(sourceOf(one) ?? one.spec.packageRevID),
  );
  const upstreamOf = (key: string) =>
    packages
      .get(key)
      ?.map(sourceOf)
      .find((source) => source !== undefined && packages.has(identityKey(source)));
  // A package may be a clone of one that was cloned from itself.
  const above = new Set([identityKey(own.spec.packageRevID)]);
  let root = identityKey(own.spec.packageRevID);
  for (let next = upstreamOf(root); next !== undefined; next = upstreamOf(root)) {
    const key = identityKey(next);
    if (above.has(key)) break;
    above.add(key);
    root = key;
  }
  const visited = new Set<string>();
  const build = (key: string, from: readonly string[]): PackageNode => {
    visited.add(key);
    const revisions = packages.get(key) ?? [];
    const byPackage = Map.groupBy(clones.get(key) ?? [], ({ spec }) => identityKey(spec.packageRevID));
    const children = [...byPackage]
      .filter(([child]) => !visited.has(child))
      .map(([child, ones]) => build(child, versionsTaken(ones)));
    return {
      name: revisions[0] === undefined ? "" : packageOfName(shortName(revisions[0])),
      versions: revisions.map(describeVersion).sort(),
      from,
      clones: children.sort((a, b) => compare(a.name, b.name)),
    };
  };
  return build(root, []);
}

/** A line for each package, below that which it was cloned from. */
export function formatUpstreamTree(root: PackageNode): readonly string[] {
  const { label, below } = toBranch(root);
  return [label, ...drawBranches(below)];
}

function toBranch({ name, versions, from, clones }: PackageNode): Branch {
  const source = from.length === 0 ? "" : `  (from ${from.join(", ")})`;
  return { label: `${name}  ${versions.join(", ")}${source}`, below: clones.map(toBranch) };
}

function versionsTaken(clones: readonly Revision[]): readonly string[] {
  const taken = clones.map(({ spec, status }) => status?.upstreamLock?.revision ?? spec.upstream?.revision ?? "latest");
  return [...new Set(taken)].sort();
}

function describeVersion(one: Revision): string {
  const { revision } = one.status ?? {};
  return revision ?? `${currentLifecycle(one)} ${one.spec.packageRevID.workspace}`;
}
