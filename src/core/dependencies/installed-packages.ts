import type { KindNeed, RuleNeed } from "./package-apis.ts";
import { keyOfPackage, type PackageRevisionApis } from "./revision-apis.ts";
import { groupTerm, kindTerm, offeredTerms, resourceTerm } from "./terms.ts";

/** A revision in the place of the latest published one of its package. */
export interface ReplacedRevision {
  readonly key: string;
  readonly one: PackageRevisionApis;
  /** What it offers. */
  readonly terms: ReadonlySet<string>;
}

/** The latest published revisions of one target's packages. A change costs as much as the revision has. */
export class InstalledPackages {
  readonly #latest = new SortedByName();
  readonly #byKey = new Map<string, PackageRevisionApis>();
  readonly #byTerm = new Map<string, SortedByName>();
  /** By the package that they were made from. */
  readonly #bySource = new Map<string, SortedByName>();

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  /** Sets the latest revision of a package, or removes the package. */
  set(key: string, one: PackageRevisionApis | undefined): void {
    const before = this.#byKey.get(key);
    if (before === one) return;
    if (before !== undefined) {
      this.#byKey.delete(key);
      this.#latest.delete(before);
      for (const term of new Set(offeredTerms(before.apis))) remove(this.#byTerm, term, before);
      if (before.madeFrom !== undefined) remove(this.#bySource, keyOfPackage(before.madeFrom.package), before);
    }
    if (one === undefined) return;
    this.#byKey.set(key, one);
    this.#latest.add(one);
    for (const term of new Set(offeredTerms(one.apis))) add(this.#byTerm, term, one);
    if (one.madeFrom !== undefined) add(this.#bySource, keyOfPackage(one.madeFrom.package), one);
  }

  /** By name. */
  revisions(replaced: ReplacedRevision | undefined): readonly PackageRevisionApis[] {
    return this.#with(this.#latest, replaced, true);
  }

  /** Those that offer a kind, by name; those that offer all of its group come last. */
  withKind({ group, kind }: Pick<KindNeed, "group" | "kind">, replaced?: ReplacedRevision) {
    return [...this.#withTerm(kindTerm(group, kind), replaced), ...this.#withTerm(groupTerm(group), replaced)];
  }

  withResource({ group, resource }: Pick<RuleNeed, "group" | "resource">, replaced?: ReplacedRevision) {
    return [...this.#withTerm(resourceTerm(group, resource), replaced), ...this.#withTerm(groupTerm(group), replaced)];
  }

  /** The package itself, or the first one that was made from it. */
  ofPackage(key: string, replaced?: ReplacedRevision): PackageRevisionApis | undefined {
    const own = replaced?.key === key ? replaced.one : this.#byKey.get(key);
    if (own !== undefined) return own;
    const { madeFrom } = replaced?.one ?? {};
    const isSource = madeFrom !== undefined && keyOfPackage(madeFrom.package) === key;
    return this.#with(this.#bySource.get(key), replaced, isSource)[0];
  }

  #withTerm(term: string, replaced: ReplacedRevision | undefined): readonly PackageRevisionApis[] {
    return this.#with(this.#byTerm.get(term), replaced, replaced?.terms.has(term) === true);
  }

  /** @param has whether the revision in the place of another one is to be among them */
  #with(
    found: SortedByName | undefined,
    replaced: ReplacedRevision | undefined,
    has: boolean,
  ): readonly PackageRevisionApis[] {
    if (replaced === undefined) return found?.all ?? [];
    const before = this.#byKey.get(replaced.key);
    if (!has && (before === undefined || found?.has(before) !== true)) return found?.all ?? [];
    const others = new SortedByName(found?.all);
    if (before !== undefined) others.delete(before);
    if (has) others.add(replaced.one);
    return others.all;
  }
}

class SortedByName {
  readonly #all: PackageRevisionApis[];

  constructor(sorted: readonly PackageRevisionApis[] = []) {
    this.#all = [...sorted];
  }

  get all(): readonly PackageRevisionApis[] {
    return this.#all;
  }

  has(one: PackageRevisionApis): boolean {
    return this.#all[this.#placeOf(one)] === one;
  }

  add(one: PackageRevisionApis): void {
    this.#all.splice(this.#placeOf(one), 0, one);
  }

  delete(one: PackageRevisionApis): void {
    const place = this.#placeOf(one);
    if (this.#all[place] === one) this.#all.splice(place, 1);
  }

  /** Of the first that does not come before it. */
  #placeOf({ name }: PackageRevisionApis): number {
    let [from, to] = [0, this.#all.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#all[middle]?.name ?? "") < name) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function add(map: Map<string, SortedByName>, key: string, one: PackageRevisionApis): void {
  const all = map.get(key) ?? new SortedByName();
  map.set(key, all);
  all.add(one);
}

function remove(map: Map<string, SortedByName>, key: string, one: PackageRevisionApis): void {
  const all = map.get(key);
  all?.delete(one);
  if (all?.all.length === 0) map.delete(key);
}
