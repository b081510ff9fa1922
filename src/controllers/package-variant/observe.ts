import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { compare } from "../../core/identity/compare.ts";
import { CATALOG_TARGET, locationOf, packagePath } from "../../core/identity/location.ts";
import {
  type DownstreamRevision,
  isPublished,
  upstreamRevisions,
  type VariantObservation,
} from "../../core/variants/observation.ts";
import { isEditedDraft, isOwnedBy, variantNameOf } from "../../core/variants/ownership.ts";
import { ignoreNotFound } from "../../kube/client/errors.ts";
import { fieldSelector } from "../../kube/client/field-selector.ts";
import { packageRevisions, repositories } from "../shared/kinds.ts";
import { sharedReadsOf } from "../shared/shared-reads.ts";
import type { VariantContext } from "./context.ts";
import { type Place, placeKey } from "./indexes.ts";

/** The objects that a variant is decided on. */
interface Objects {
  /** The revisions of a package, by its key. */
  readonly revisionsOf: (key: string) => readonly PackageRevision[];
  /** By name. */
  readonly repository: (name: string) => Repository | undefined;
}

/** Collects everything that one reconcile decides on, from the caches. */
export function observe(context: VariantContext, variant: PackageVariant): VariantObservation {
  const { namespace } = variant.metadata;
  return observeWith(context, variant, {
    revisionsOf: (key) => context.revisions.byIndex("package", key),
    repository: (name) => context.repositories.get(`${namespace}/${name}`),
  });
}

/**
 * As `observe`, with everything as the API server has it now, and compared with Git: the cache may not know the last
 * write or deletion, and objects may have been lost. Costs two lists and two reads, of which the variants of a set
 * share those of their upstream and of the Repositories.
 */
export async function observeLive(context: VariantContext, variant: PackageVariant): Promise<VariantObservation> {
  const { namespace } = variant.metadata;
  const places = [variant.spec.upstream, variant.spec.downstream];
  const lists = await Promise.all(places.map((one) => listPackage(context, namespace, one)));
  const byKey = Map.groupBy(lists.flat(), (one) => placeKey(namespace, one.spec.packageRevID));
  const names = [...new Set(places.map(({ repository }) => repository))];
  const read = async (name: string) => {
    const get = async () => await ignoreNotFound(context.client.get(repositories, { namespace, name }));
    return [name, await sharedReadsOf(context.client).read(`repository ${namespace}/${name}`, get)] as const;
  };
  const byName = new Map(await Promise.all(names.map(read)));
  const revisionsOf = (key: string) => byKey.get(key) ?? [];
  const observation = observeWith(context, variant, { revisionsOf, repository: (name) => byName.get(name) });
  const fields = (["upstream", "downstream"] as const).filter((field) => {
    const place = variant.spec[field];
    return isBehindGit(context, namespace, place, revisionsOf(placeKey(namespace, place)));
  });
  return { ...observation, behindGit: fields };
}

/**
 * True if Git has a later revision of the package than the cluster shows, or if nobody knows. The Repository of an
 * upstream may be another replica's: that it was read must do.
 */
function isBehindGit(
  { registry, repositories: all, ownership }: VariantContext,
  namespace: string,
  place: Place,
  revisions: readonly PackageRevision[],
): boolean {
  const key = `${namespace}/${place.repository}`;
  const store = registry.get(key)?.store;
  const repository = all.get(key);
  if (store === undefined) return repository !== undefined && ownership.ownsRepository(repository);
  const latest = store.latest(packagePath(store.layout, locationOf(place, store.layout)));
  return latest !== undefined && !revisions.some(({ status }) => status?.revision === latest.revision);
}

/** Of a package for many targets, such as the downstream of a set, those of one target alone. */
async function listPackage(
  { client }: VariantContext,
  namespace: string,
  { repository, target, realm, package: name }: Place,
): Promise<readonly PackageRevision[]> {
  const selector = fieldSelector({
    "spec.packageRevID.repository": repository,
    // In a catalog both `catalog` and nothing mean the same.
    "spec.packageRevID.target": target === CATALOG_TARGET ? undefined : target,
    "spec.packageRevID.realm": realm,
    "spec.packageRevID.package": name,
  });
  const list = async () => await client.list(packageRevisions, { namespace, fieldSelector: selector });
  const { items } = await sharedReadsOf(client).read(`package ${namespace}/${selector}`, list);
  return items;
}

function observeWith(context: VariantContext, variant: PackageVariant, objects: Objects): VariantObservation {
  const { namespace } = variant.metadata;
  const { upstream, downstream } = variant.spec;
  const own = placeKey(namespace, downstream);
  const mark = (object: PackageRevision) => markRevision(context, variant, object);
  const upstreamRepository = objects.repository(upstream.repository);
  const downstreamRepository = objects.repository(downstream.repository);
  const rival = findRival(context, variant);
  return {
    variant,
    ...(upstreamRepository !== undefined && { upstreamRepository }),
    ...(downstreamRepository !== undefined && { downstreamRepository }),
    ...(rival !== undefined && { rival }),
    upstreamRevisions: upstreamRevisions(objects.revisionsOf(placeKey(namespace, upstream)), upstream.revision),
    downstream: objects.revisionsOf(own).map(mark),
    elsewhere: ownedRevisions(context, variant)
      .filter(({ spec }) => placeKey(namespace, spec.packageRevID) !== own)
      .map(mark),
  };
}

/** The package revisions that belong to a variant, wherever they are. */
export function ownedRevisions({ revisions }: VariantContext, variant: PackageVariant): readonly PackageRevision[] {
  const { namespace, name } = variant.metadata;
  return revisions.byIndex("variant", `${namespace}/${name}`).filter((one) => isOwnedBy(variant, one));
}

function markRevision(
  { variants }: VariantContext,
  variant: PackageVariant,
  object: PackageRevision,
): DownstreamRevision {
  const isOwned = isOwnedBy(variant, object);
  const name = isOwned ? undefined : variantNameOf(object);
  const other = name === undefined ? undefined : variants.get(`${variant.metadata.namespace}/${name}`);
  const owner = other !== undefined && isOwnedBy(other, object) ? name : undefined;
  const isEdited = isOwned && !isPublished(object) && isEditedDraft(object);
  return { object, isOwned, isEdited, ...(owner !== undefined && { owner }) };
}

/** The oldest variant of the downstream package, if that is another one. */
function findRival({ variants }: VariantContext, variant: PackageVariant): string | undefined {
  const all = variants.byIndex("downstream", placeKey(variant.metadata.namespace, variant.spec.downstream));
  // No sort: a set may have thousands, each of which is compared with all.
  const oldest = all.reduce<PackageVariant | undefined>(
    (first, one) => (first === undefined || compare(ageOf(one), ageOf(first)) < 0 ? one : first),
    undefined,
  );
  return oldest === undefined || oldest.metadata.name === variant.metadata.name ? undefined : oldest.metadata.name;
}

function ageOf({ metadata: { creationTimestamp = "", name } }: PackageVariant): string {
  return `${creationTimestamp} ${name}`;
}
