import type { KubeObject } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { pageOwner } from "../../core/identity/names.ts";
import { revisionKey, workspaceKey } from "../../core/identity/revision-key.ts";

/** Indexes of informers that more than one controller uses; the others are with their controller. */

export const sharedRevisionIndexes = {
  /** `namespace/` and the keys under which Git may have the package revision: its workspace, and its revision. */
  identity: ({ metadata: { namespace }, spec: { packageRevID: id }, status }: PackageRevision) => {
    const revision = status?.revision ?? id.revision ?? id.workspace;
    return [
      `${namespace}/${workspaceKey(id.repository, id, id.workspace)}`,
      `${namespace}/${revisionKey(id.repository, id, revision)}`,
    ];
  },
  /** `namespace/name` of the Repository. */
  repository: ({ metadata, spec }: PackageRevision) => keysOf(metadata.namespace, spec.packageRevID.repository),
  /** `namespace/name` of the Repository that contains the upstream, until the draft is created. */
  waitingForUpstream: ({ metadata, spec, status }: PackageRevision) =>
    status?.lifecycle === undefined ? keysOf(metadata.namespace, spec.upstream?.repository) : [],
};

export type SharedRevisionIndex = keyof typeof sharedRevisionIndexes;

export const contentsIndexes = {
  /** `namespace/name` of the package revision; by name, since a replace may drop the owner reference. */
  owner: ({ metadata }: KubeObject) =>
    keysOf(metadata.namespace ?? "", metadata.name === undefined ? undefined : pageOwner(metadata.name)),
};

/** `namespace/name`; empty without a name. */
export function keysOf(namespace: string, name: string | undefined): readonly string[] {
  return name === undefined ? [] : [`${namespace}/${name}`];
}
