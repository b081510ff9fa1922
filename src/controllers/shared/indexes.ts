import type { KubeObject } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { CATALOG_TARGET } from "../../core/identity/location.ts";
import { objectName, pageOwner } from "../../core/identity/names.ts";
import { isRetryable } from "../../storage/git/errors.ts";
import { waitingBesidesRemote } from "../package-revision/predicates.ts";

/** What the stores are looked up by, beside the key. */
export const repositoryIndexes = {
  /** `namespace/name` of the Secret. */
  credentials: (object: Repository) => named(object.metadata.namespace, object.spec.git?.credentials),
};

export const revisionIndexes = {
  /** `namespace/name` of the Repository. */
  repository: (object: PackageRevision) => named(object.metadata.namespace, object.spec.packageRevID.repository),
  /** `namespace/name` under which its tag would be found if it were not ours: so it comes back where others put it back by hand. */
  tag: ({ metadata, spec, status }: PackageRevision) => {
    const { repository, ...location } = spec.packageRevID;
    if (status?.revision === undefined) return [];
    return named(metadata.namespace, objectName(repository, location, status.revision));
  },
  /** `namespace/name` of the Repository that holds the upstream, while the draft has not begun. */
  waitingForUpstream: (object: PackageRevision) =>
    object.status?.lifecycle === undefined ? named(object.metadata.namespace, object.spec.upstream?.repository) : [],
  /** `namespace/name` of the Repository, while the draft has not begun; what was found published begins nothing. */
  waitingToBegin: ({ metadata, spec, status }: PackageRevision) =>
    status?.lifecycle === undefined && spec.lifecycle !== "published"
      ? named(metadata.namespace, spec.packageRevID.repository)
      : [],
  /** `namespace/name` of the Repository, while an approved proposal waits for something else there than the remote's consent. */
  waitingToPublish: ({ metadata, spec, status }: PackageRevision) =>
    spec.lifecycle === "published" && status?.lifecycle === "proposed" && waitingBesidesRemote(status).length > 0
      ? named(metadata.namespace, spec.packageRevID.repository)
      : [],
  /** `namespace/name` of the Repository, while something in Git failed that may work the next time. */
  interrupted: ({ metadata, spec, status }: PackageRevision) => {
    const ready = status?.conditions?.find((one) => one.type === "Ready");
    return ready?.status === "False" && isRetryable(ready.reason)
      ? named(metadata.namespace, spec.packageRevID.repository)
      : [];
  },
  /** Its package, of what has a number: whatever became of its tag. */
  numbered: (object: PackageRevision) => (object.status?.revision === undefined ? [] : [packageKey(object)]),
};
export type RevisionIndex = keyof typeof revisionIndexes;

/** Equal for the revisions of one package. */
export function packageKey({ metadata, spec: { packageRevID: id } }: PackageRevision): string {
  return JSON.stringify([metadata.namespace, id.repository, id.target ?? CATALOG_TARGET, id.realm, id.package]);
}

export const contentsIndexes = {
  /** `namespace/name` of the package revision; by name, since a replace may leave the owner reference out. */
  owner: ({ metadata }: KubeObject) =>
    named(metadata.namespace ?? "", metadata.name === undefined ? undefined : pageOwner(metadata.name)),
};

function named(namespace: string, name: string | undefined): readonly string[] {
  return name === undefined ? [] : [`${namespace}/${name}`];
}
