import { compare } from "../identity/compare.ts";
import type { Needing } from "./provisions.ts";
import { keyOfPackage, type PackageRevisionApis } from "./revision-apis.ts";

/**
 * The packages of the catalogs that have what is needed, the best first: those whose latest revision has it, of the
 * same repository, the nearest by realm, the smallest.
 * Each package is a step.
 * @param keys of packages that offer it, in some version or revision
 */
export function* rankInSteps(
  { index, by }: Needing,
  keys: Iterable<string>,
  accepts: (one: PackageRevisionApis) => boolean,
): Generator<void, readonly string[]> {
  const own = by.madeFrom?.package ?? by.package;
  const realm = own.realm?.split("/") ?? [];
  const excluded = new Set([keyOfPackage(by.package), keyOfPackage(own)]);
  const found: { readonly key: string; readonly rank: readonly number[] }[] = [];
  for (const key of keys) {
    yield;
    const revisions = excluded.has(key) ? [] : index.newestFirst(key);
    const [latest] = revisions;
    if (latest === undefined || !revisions.some(accepts)) continue;
    const { apis, package: id } = latest;
    const isSame = id.repository === own.repository;
    const rank = [
      accepts(latest) ? 0 : 1,
      isSame ? 0 : 1,
      isSame ? -sharedLength(realm, [...(id.realm?.split("/") ?? []), id.package]) : 0,
      apis.offers.length + apis.kinds.length + apis.rules.length,
    ];
    found.push({ key, rank });
  }
  return found.sort((a, b) => compareRanks(a.rank, b.rank) || compare(a.key, b.key)).map(({ key }) => key);
}

function sharedLength(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((part, at) => part !== b[at]);
  return differs < 0 ? a.length : differs;
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [at, value] of a.entries()) {
    const order = value - (b[at] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
