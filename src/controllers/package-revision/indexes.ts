import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { targetOf } from "../../core/dependencies/revision-apis.ts";
import { packageKey as packageKeyIn } from "../../core/identity/revision-key.ts";
import { releaseKey } from "../../core/release/members.ts";
import { isRetryable } from "../../storage/git/errors.ts";
import { keysOf, sharedRevisionIndexes } from "../shared/indexes.ts";
import { reportsUpgrade, waitingBesidesRemote } from "./predicates.ts";

export const revisionIndexes = {
  ...sharedRevisionIndexes,
  /**
   * `namespace/name` of the Repository, until the draft is created; not for revisions that were discovered as
   * published.
   */
  waitingToBegin: ({ metadata, spec, status }: PackageRevision) =>
    status?.lifecycle === undefined && spec.lifecycle !== "published"
      ? keysOf(metadata.namespace, spec.packageRevID.repository)
      : [],
  /**
   * `namespace/name` of the Repository, while a proposal that a person or a rule has approved waits for a change there;
   * not for a rejected push.
   */
  waitingToPublish: ({ metadata, spec, status }: PackageRevision) => {
    if (status?.lifecycle !== "proposed") return [];
    // A rule requests nothing before it publishes: the condition says that the proposal is held back.
    const isHeld =
      spec.lifecycle === "published"
        ? waitingBesidesRemote(status).length > 0
        : spec.lifecycle === "proposed" && readyOf(status)?.status === "False";
    return isHeld ? keysOf(metadata.namespace, spec.packageRevID.repository) : [];
  },
  /** `namespace/name` of the Repository, while the last reconcile failed in Git and a retry may succeed. */
  interrupted: ({ metadata, spec, status }: PackageRevision) => {
    const ready = readyOf(status);
    return ready?.status === "False" && isRetryable(ready.reason)
      ? keysOf(metadata.namespace, spec.packageRevID.repository)
      : [];
  },
  /** `namespace/name` of the Repository of its upstream, if later revisions of that are reported. */
  upgradable: (object: PackageRevision) => {
    const { metadata, spec, status } = object;
    if (!reportsUpgrade(object)) return [];
    return keysOf(metadata.namespace, status?.upstreamLock?.repository ?? spec.upstream?.repository);
  },
  /** `namespace/name` of the Repository of a draft or proposal with a base. */
  open: ({ metadata, spec, status }: PackageRevision) => {
    const isOpen = status?.lifecycle === "draft" || status?.lifecycle === "proposed";
    return isOpen && status.base !== undefined ? keysOf(metadata.namespace, spec.packageRevID.repository) : [];
  },
  /** The target of every revision that is for one. */
  target: (object: PackageRevision) => targetIndex(object),
  /** The target of drafts and proposals that wait for other packages of it. */
  scheduling: (object: PackageRevision) => {
    const isWaiting = object.status?.conditions?.some(({ type, status }) => type === "Scheduled" && status !== "True");
    return isWaiting === true ? targetIndex(object) : [];
  },
  /** The release of a draft or proposal that is a member of one. */
  release: (object: PackageRevision) => {
    const key = releaseKey(object);
    return key === undefined ? [] : [key];
  },
  /** The package of every revision with a number, whatever became of its tag. */
  numbered: (object: PackageRevision) => (object.status?.revision === undefined ? [] : [packageKey(object)]),
};

function readyOf(status: PackageRevision["status"]) {
  return status?.conditions?.find((one) => one.type === "Ready");
}

export type RevisionIndex = keyof typeof revisionIndexes;

/** Equal for the revisions for one target, in whichever Repository. */
export function targetIndex({ metadata, spec: { packageRevID: id } }: PackageRevision): readonly string[] {
  const target = targetOf(id);
  return target === undefined ? [] : [`${metadata.namespace}/${target}`];
}

/** Equal for the revisions of one package. */
export function packageKey({ metadata, spec: { packageRevID: id } }: PackageRevision): string {
  return `${metadata.namespace}/${packageKeyIn(id.repository, id)}`;
}
