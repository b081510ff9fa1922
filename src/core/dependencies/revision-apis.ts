import { CATALOG_TARGET } from "../identity/location.ts";
import { packageKey } from "../identity/revision-key.ts";
import type { KindNeed, OfferedApi, PackageApis, PackageId, RuleNeed } from "./package-apis.ts";

/** A revision of a package, with what it offers and needs. */
export interface PackageRevisionApis {
  /** Of its object: unique in the namespace. */
  readonly name: string;
  readonly package: PackageId;
  /** Of a draft, its workspace. */
  readonly revision: string;
  /** The revision that it was cloned from, or upgraded to, last. */
  readonly madeFrom?: { readonly package: PackageId; readonly revision: string };
  readonly apis: PackageApis;
  /** True if its files are not in the cluster: what it offers and needs is not known. */
  readonly isUnread?: boolean;
}

export function keyOfPackage(id: PackageId): string {
  const { target, realm, package: name } = id;
  return packageKey(id.repository, {
    ...(target !== undefined && { target }),
    ...(realm !== undefined && { realm }),
    package: name,
  });
}

/** Undefined for a catalog. */
export function targetOf({ target }: PackageId): string | undefined {
  return target === CATALOG_TARGET ? undefined : target;
}

/** `catalog/infra/cert-manager`, `edge1/web/storefront`: as commands name packages. */
export function packageName(id: PackageId): string {
  return [targetOf(id) ?? id.repository, id.realm, id.package].filter((part) => part !== undefined).join("/");
}

export function revisionName({ package: id, revision }: Pick<PackageRevisionApis, "package" | "revision">): string {
  return `${packageName(id)}@${revision}`;
}

/** By group and kind, group and plural, and group alone for APIServices. */
type OffersByName = ReadonlyMap<string, readonly OfferedApi[]>;

const offersByName = new WeakMap<PackageApis, OffersByName>();

const NO_OFFERS: readonly OfferedApi[] = [];

/** A package may have thousands, and each is looked for. */
function offersNamed(apis: PackageApis): OffersByName {
  const known = offersByName.get(apis);
  if (known !== undefined) return known;
  const found = new Map<string, OfferedApi[]>();
  for (const offer of apis.offers) {
    const { group, kind, plural } = offer;
    for (const name of kind === undefined ? [group] : [`${group}/${kind}`, `${group}/*${plural}`]) {
      const all = found.get(name);
      if (all === undefined) found.set(name, [offer]);
      else all.push(offer);
    }
  }
  offersByName.set(apis, found);
  return found;
}

/** The API of a revision that has a kind; the one that serves its version, if any does. */
export function offerOf(
  { apis }: Pick<PackageRevisionApis, "apis">,
  { group, kind, version }: Omit<KindNeed, "files">,
): { readonly offer: OfferedApi; readonly isServed: boolean } | undefined {
  if (apis.offers.length === 0) return undefined;
  const named = offersNamed(apis);
  const offers = named.get(`${group}/${kind}`) ?? NO_OFFERS;
  const isServed = ({ versions }: OfferedApi) => versions.includes(version);
  const served = offers.find(isServed) ?? named.get(group)?.find(isServed);
  if (served !== undefined) return { offer: served, isServed: true };
  // An APIService is of one version: it does not show that the kind is there in another one.
  const [offer] = offers;
  return offer === undefined ? undefined : { offer, isServed: false };
}

export function hasResource({ apis }: Pick<PackageRevisionApis, "apis">, { group, resource }: RuleNeed): boolean {
  if (apis.offers.length === 0) return false;
  const named = offersNamed(apis);
  return named.has(`${group}/*${resource}`) || named.has(group);
}
