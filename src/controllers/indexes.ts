import type { PackageRevision } from "../api/package-revision.ts";
import type { Repository } from "../api/repository.ts";
import { objectName, pageOwner } from "../core/identity/names.ts";
import type { KubeObject } from "../kube/resource.ts";

/** What the stores are looked up by, beside the key. */
export const repositoryIndexes = {
  /** `namespace/name` of the Secret. */
  credentials: (object: Repository) => named(object.metadata.namespace, object.spec.git?.credentials),
};

export const revisionIndexes = {
  /** `namespace/name` of the Repository. */
  repository: (object: PackageRevision) => named(object.metadata.namespace, object.spec.packageRevID.repository),
  /** What `packageKey` makes of it. */
  package: (object: PackageRevision) => [packageKey(object)],
  /** `namespace/name` under which its tag would be found if it were not ours: so it comes back where others put it back by hand. */
  tag: ({ metadata, spec, status }: PackageRevision) => {
    const { repository, ...location } = spec.packageRevID;
    if (status?.revision === undefined) return [];
    return named(metadata.namespace, objectName(repository, location, status.revision));
  },
  /** `namespace/name` of the Repository that holds the upstream, while the draft has not begun. */
  waitingForUpstream: (object: PackageRevision) =>
    object.status?.lifecycle === undefined ? named(object.metadata.namespace, object.spec.upstream?.repository) : [],
  /** `namespace/name` of the Repository, while an approved proposal waits for something. */
  waitingToPublish: ({ metadata, spec, status }: PackageRevision) =>
    spec.lifecycle === "published" && status?.lifecycle === "proposed" && status.waitingFor !== undefined
      ? named(metadata.namespace, spec.packageRevID.repository)
      : [],
};
export type RevisionIndex = keyof typeof revisionIndexes;

/** The same for all revisions of one package. Those of another target may share it, too. */
export function packageKey({ metadata, spec }: PackageRevision): string {
  const { repository, realm, package: name } = spec.packageRevID;
  return [metadata.namespace, repository, ...(realm === undefined ? [] : [realm]), name].join("/");
}

export const contentsIndexes = {
  /** `namespace/name` of the package revision; by name, since a replace may leave the owner reference out. */
  owner: ({ metadata }: KubeObject) =>
    named(metadata.namespace ?? "", metadata.name === undefined ? undefined : pageOwner(metadata.name)),
};

function named(namespace: string, name: string | undefined): readonly string[] {
  return name === undefined ? [] : [`${namespace}/${name}`];
}
