import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { Packages } from "./packages.ts";

/** Fields of a package revision and of its files that users see, without versions and times of its objects. */
export interface Snapshot {
  readonly labels: unknown;
  readonly annotations: unknown;
  readonly spec: unknown;
  readonly status: unknown;
  readonly contents: unknown;
}

/** Annotations of the objects in a cluster, which are not part of the package. */
const CLUSTER_ANNOTATION = /^(kubectl\.kubernetes\.io|pkg\.pkgserver\.dev)\//;

/** Every package revision of a repository, by name. Without approvals, which are never restored. */
export async function takeSnapshot(
  packages: Packages,
  repository: string,
): Promise<Readonly<Record<string, Snapshot>>> {
  const { items } = (await packages.request("admin", "get", "packagerevisions")) as unknown as {
    readonly items: readonly PackageRevision[];
  };
  const entries = items
    .filter((one) => one.spec.packageRevID.repository === repository)
    .map(async (one) => [one.metadata.name, await describe(packages, one)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function describe(packages: Packages, object: PackageRevision): Promise<Snapshot> {
  const { labels, annotations } = object.metadata;
  const { approval: _approval, ...spec } = object.spec;
  const { observedGeneration: _generation, conditions, ...status } = object.status ?? { observedGeneration: -1 };
  const contents = await packages.contents(object.metadata.name);
  const users = Object.entries(annotations ?? {}).filter(([key]) => !CLUSTER_ANNOTATION.test(key));
  return {
    labels: labels ?? {},
    annotations: Object.fromEntries(users),
    // Absent means draft.
    spec: { lifecycle: "draft", ...spec },
    status: { ...status, ready: conditions?.find((one) => one.type === "Ready")?.reason },
    contents: { spec: contents.spec, frozen: contents.status?.frozen },
  };
}
