import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { compare } from "../../core/identity/compare.ts";
import { type DownstreamRevision, isPublished, type VariantObservation } from "../../core/variants/observation.ts";
import { isEditedDraft, isOwnedBy, variantNameOf } from "../../core/variants/ownership.ts";
import { packageRevisions } from "../shared/kinds.ts";
import type { VariantContext } from "./context.ts";
import { placeKey } from "./indexes.ts";

/** The revisions that a variant is decided on. */
interface Revisions {
  /** Those of a package. */
  readonly of: (key: string) => readonly PackageRevision[];
}

/** Collects everything that one reconcile decides on, from the caches. */
export function observe(context: VariantContext, variant: PackageVariant): VariantObservation {
  return observeWith(context, variant, { of: (key) => context.revisions.byIndex("package", key) });
}

/**
 * As `observe`, with the packages as the API server has them now: the cache may know that a Repository was read before
 * it knows of what was found, and may not know the last write. Costs two lists.
 */
export async function observeLive(context: VariantContext, variant: PackageVariant): Promise<VariantObservation> {
  const { namespace } = variant.metadata;
  const { upstream, downstream } = variant.spec;
  const [up, down] = await Promise.all([upstream, downstream].map((one) => listPackage(context, namespace, one)));
  const live = [...(up ?? []), ...(down ?? [])];
  const byKey = Map.groupBy(live, (one) => placeKey(namespace, one.spec.packageRevID));
  return observeWith(context, variant, { of: (key) => byKey.get(key) ?? [] });
}

async function listPackage(
  { client }: VariantContext,
  namespace: string,
  { repository, package: name }: PackageVariantSpec["upstream" | "downstream"],
): Promise<readonly PackageRevision[]> {
  const fields = { repository, package: name };
  const fieldSelector = Object.entries(fields)
    .map(([field, value]) => `spec.packageRevID.${field}=${escapeSelector(value)}`)
    .join(",");
  const { items } = await client.list(packageRevisions, { namespace, fieldSelector });
  return items;
}

/** Of a value in a field selector: `\`, `,` and `=` are escaped. */
function escapeSelector(value: string): string {
  return value.replace(/[\\,=]/g, (one) => `\\${one}`);
}

function observeWith(context: VariantContext, variant: PackageVariant, revisions: Revisions): VariantObservation {
  const { namespace } = variant.metadata;
  const { upstream, downstream } = variant.spec;
  const own = placeKey(namespace, downstream);
  const mark = (object: PackageRevision) => markRevision(context, variant, object);
  const upstreamRepository = context.repositories.get(`${namespace}/${upstream.repository}`);
  const downstreamRepository = context.repositories.get(`${namespace}/${downstream.repository}`);
  const rival = findRival(context, variant);
  return {
    variant,
    ...(upstreamRepository !== undefined && { upstreamRepository }),
    ...(downstreamRepository !== undefined && { downstreamRepository }),
    ...(rival !== undefined && { rival }),
    upstreamRevisions: revisions.of(placeKey(namespace, upstream)).filter(isPublished).map(numberOf),
    downstream: revisions.of(own).map(mark),
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
  const oldest = all.toSorted((a, b) => compare(ageOf(a), ageOf(b)))[0];
  return oldest === undefined || oldest.metadata.name === variant.metadata.name ? undefined : oldest.metadata.name;
}

function ageOf({ metadata: { creationTimestamp = "", name } }: PackageVariant): string {
  return `${creationTimestamp} ${name}`;
}

function numberOf({ status }: PackageRevision): string {
  return status?.revision ?? "";
}
