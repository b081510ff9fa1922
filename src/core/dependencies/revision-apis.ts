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

/** A package may have thousands, and each is looked for. */
function offersNamed(apis: PackageApis, ...names: readonly string[]): readonly OfferedApi[] {
  let known = offersByName.get(apis);
  if (known === undefined) {
    const found = new Map<string, OfferedApi[]>();
    for (const offer of apis.offers) {
      const { group, kind, plural } = offer;
      for (const name of kind === undefined ? [group] : [`${group}/${kind}`, `${group}/*${plural}`])
        found.set(name, [...(found.get(name) ?? []), offer]);
    }
    known = found;
    offersByName.set(apis, known);
  }
  const all = known;
  return names.flatMap((name) => all.get(name) ?? []);
}

/** The API of a revision that has a kind; the one that serves its version, if any does. */
export function offerOf(
  { apis }: Pick<PackageRevisionApis, "apis">,
  { group, kind, version }: Omit<KindNeed, "files">,
): { readonly offer: OfferedApi; readonly isServed: boolean } | undefined {
  const offers = offersNamed(apis, `${group}/${kind}`, group);
  const served = offers.find(({ versions }) => versions.includes(version));
  if (served !== undefined) return { offer: served, isServed: true };
  // An APIService is of one version: it does not show that the kind is there in another one.
  const offer = offers.find((one) => one.kind !== undefined);
  return offer === undefined ? undefined : { offer, isServed: false };
}

export function hasResource({ apis }: Pick<PackageRevisionApis, "apis">, { group, resource }: RuleNeed): boolean {
  return offersNamed(apis, `${group}/*${resource}`, group).length > 0;
}
