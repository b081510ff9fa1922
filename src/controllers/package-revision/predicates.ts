import type { Condition } from "../../api/v1alpha1/conditions.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { PUSH_REJECTED } from "../../api/v1alpha1/package-revision-status.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_KUBERNETES_VERSION, LABEL_LATEST } from "../../api/v1alpha1/well-known.ts";
import { OUR_CONDITIONS } from "../../core/conditions/conditions.ts";
import { isSameJson } from "../../core/identity/same-json.ts";
import { isToBeRebased } from "../../core/revision/rebase.ts";

/**
 * True if only status text that the operator writes itself changed: reasons, messages and times of its conditions,
 * `Reconciling` and `Stalled`, and whether a rejected push is waited for. Must not trigger a reconcile: a remote that
 * rejects each push with a new message would cause a hot loop. Other entries of `waitingFor` must: the change that the
 * revision waits for may have come before the entry was written.
 */
export function isOwnStatusTextChange(next: PackageRevision, previous: PackageRevision): boolean {
  const known = compared.get(next);
  if (known?.previous === previous) return known.isOwn;
  const isOwn = isSameJson(withoutOwnText(next), withoutOwnText(previous));
  compared.set(next, { previous, isOwn });
  return isOwn;
}

/** By the newer version: the watches of two controllers ask, and a version may have 100,000 labels. */
const compared = new WeakMap<PackageRevision, { readonly previous: PackageRevision; readonly isOwn: boolean }>();

/** The generation stands for the spec, which may be nested too deep to be compared. */
function withoutOwnText({ metadata, status }: PackageRevision): object {
  const { resourceVersion: _, ...identity } = metadata;
  const { observedGeneration: __, waitingFor: ___, conditions = [], ...state } = status ?? {};
  return { identity, state, waits: waitingBesidesRemote(status), conditions: conditions.flatMap(factOf) };
}

/**
 * What the desired lifecycle waits for, without a rejected push: that is retried, and no event reports that it would
 * succeed.
 */
export function waitingBesidesRemote(status: PackageRevision["status"]): readonly string[] {
  return status?.waitingFor?.filter((one) => one !== PUSH_REJECTED) ?? [];
}

/** Readiness gates may name conditions of ours as well: their status counts. */
function factOf(condition: Condition): readonly object[] {
  const { type, status } = condition;
  if (type === "Reconciling" || type === "Stalled") return [];
  return [OUR_CONDITIONS.has(type) ? { type, status } : condition];
}

/** True if the packages of a Repository are for another version of Kubernetes than before. */
export function kubernetesVersionChanged(next: Repository | undefined, previous: Repository | undefined): boolean {
  const [now, before] = [next, previous].map((one) => one?.metadata.annotations?.[ANNOTATION_KUBERNETES_VERSION]);
  return now !== before;
}

/** True if the revision was found published in Git and its object was just created: the user waits for nothing. */
export function isDiscovered({ spec, status }: PackageRevision): boolean {
  return status?.lifecycle === undefined && spec.lifecycle === "published";
}

/** True if the contents object was edited or deleted; creating one is the operator's own write. */
export function contentsEdited(
  next: { readonly metadata: { readonly generation?: number } } | undefined,
  previous: { readonly metadata: { readonly generation?: number } } | undefined,
): boolean {
  if (next === undefined) return true;
  if (previous === undefined) return next.metadata.generation !== 1;
  return next.metadata.generation !== previous.metadata.generation;
}

/** True if what the revision waits for, a publication, deletion or rebase, is held back while policies are missing. */
export function dependsOnPolicies(object: PackageRevision): boolean {
  const { metadata, status } = object;
  return status?.lifecycle === "proposed" || metadata.deletionTimestamp !== undefined || isToBeRebased(object);
}

/** True for a revision of which upgrades are reported: an open one, and the latest published one. */
export function reportsUpgrade({ metadata, status }: PackageRevision): boolean {
  if (status?.upstreamLock === undefined) return false;
  const isOpen = status.lifecycle === "draft" || status.lifecycle === "proposed";
  return isOpen || metadata.labels?.[LABEL_LATEST] === "true";
}
