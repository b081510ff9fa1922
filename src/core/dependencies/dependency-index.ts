import { SetIndex } from "../identity/set-index.ts";
import { SortedRevisions } from "../identity/sorted-revisions.ts";
import { InstalledPackages } from "./installed-packages.ts";
import type { PackageApis } from "./package-apis.ts";
import { keyOfPackage, type PackageRevisionApis, targetOf } from "./revision-apis.ts";

interface PackageRevisions {
  readonly order: SortedRevisions;
  readonly byRevision: Map<string, PackageRevisionApis>;
}

/**
 * The published revisions of a namespace, by what they offer and need. A change costs as much as the revision has
 * entries, and the next look at its target as much as that has packages.
 */
export class DependencyIndex {
  readonly #byName = new Map<string, PackageRevisionApis>();
  readonly #packages = new Map<string, PackageRevisions>();
  /** Group and kind, or plural → names of revisions in catalogs. */
  readonly #providers = new SetIndex();
  /** Target → keys of its packages. */
  readonly #targets = new SetIndex();
  readonly #installed = new Map<string, InstalledPackages>();
  /** What a package names or needs → names of revisions. */
  readonly #dependents = new SetIndex();
  /** A revision of a target in the place of the latest published one of its package. */
  #replaced: { readonly key: string; readonly one: PackageRevisionApis } | undefined;
  /** The packages of a target with a draft among them, as long as the published ones are the same. */
  readonly #withDraft = new WeakMap<
    PackageRevisionApis,
    { readonly published: InstalledPackages; readonly installed: InstalledPackages }
  >();

  /**
   * Adds a revision, or replaces the one of the same name. Returns the names of revisions that may need what changed.
   */
  set(one: PackageRevisionApis): ReadonlySet<string> {
    const before = this.delete(one.name);
    this.#byName.set(one.name, one);
    const key = keyOfPackage(one.package);
    const target = targetOf(one.package);
    const revisions = this.#packages.get(key) ?? { order: new SortedRevisions(), byRevision: new Map() };
    this.#packages.set(key, revisions);
    revisions.order.add(one.revision);
    revisions.byRevision.set(one.revision, one);
    for (const term of neededTerms(one.apis)) this.#dependents.add(term, one.name);
    if (target === undefined) for (const term of offeredTerms(one.apis)) this.#providers.add(term, one.name);
    else this.#targets.add(target, key);
    this.#forgetTarget(target);
    return before.union(this.#affectedBy(one)).add(one.name);
  }

  /** Returns the names of revisions that may need what changed. */
  delete(name: string): Set<string> {
    const one = this.#byName.get(name);
    if (one === undefined) return new Set([name]);
    const affected = this.#affectedBy(one);
    this.#byName.delete(name);
    const key = keyOfPackage(one.package);
    const target = targetOf(one.package);
    const revisions = this.#packages.get(key);
    revisions?.order.delete(one.revision);
    revisions?.byRevision.delete(one.revision);
    for (const term of neededTerms(one.apis)) this.#dependents.delete(term, name);
    for (const term of offeredTerms(one.apis)) this.#providers.delete(term, name);
    if (revisions?.byRevision.size === 0) {
      this.#packages.delete(key);
      if (target !== undefined) this.#targets.delete(target, key);
    }
    this.#forgetTarget(target);
    return affected.add(name);
  }

  /**
   * Puts a revision of a target in the place of the latest published one of its package, until it is called without.
   * Returns the names of revisions that may need what changed.
   */
  replace(key: string, one: PackageRevisionApis | undefined): ReadonlySet<string> {
    const previous = this.#replaced?.one;
    this.#replaced = one === undefined ? undefined : { key, one };
    const changed = [previous, one].filter((each) => each !== undefined);
    return new Set(changed.flatMap((each) => [...this.#affectedBy(each), each.name]));
  }

  /** A draft's needs count from now on for the names that `set` and `delete` return. */
  follow({ name, apis }: PackageRevisionApis): void {
    for (const term of neededTerms(apis)) this.#dependents.add(term, name);
  }

  unfollow({ name, apis }: PackageRevisionApis): void {
    for (const term of neededTerms(apis)) this.#dependents.delete(term, name);
  }

  get(name: string): PackageRevisionApis | undefined {
    return this.#byName.get(name);
  }

  has(one: PackageRevisionApis): boolean {
    return this.#byName.get(one.name) === one;
  }

  #forgetTarget(target: string | undefined): void {
    if (target !== undefined) this.#installed.delete(target);
  }

  isLatest(one: PackageRevisionApis): boolean {
    return this.#latestOf(keyOfPackage(one.package))[0] === one;
  }

  /** The latest revision of each package. */
  latest(): readonly PackageRevisionApis[] {
    return [...this.#packages.keys()].flatMap((key) => this.#latestOf(key));
  }

  hasPackage(key: string): boolean {
    return this.#packages.has(key);
  }

  *newestFirst(key: string): Iterable<PackageRevisionApis> {
    const { order, byRevision } = this.#packages.get(key) ?? {};
    for (const revision of order?.newestFirst() ?? []) {
      const one = byRevision?.get(revision);
      if (one !== undefined) yield one;
    }
  }

  /** Keys of the packages in catalogs of which a revision has a kind, in any version. */
  withKind(group: string, kind: string): ReadonlySet<string> {
    return this.#packagesWith([kindTerm(group, kind), groupTerm(group)]);
  }

  /** Keys of the packages in catalogs of which a revision has a resource that roles name. */
  withResource(group: string, resource: string): ReadonlySet<string> {
    return this.#packagesWith([resourceTerm(group, resource), groupTerm(group)]);
  }

  /** The latest published revisions of a target's packages. */
  installed(target: string): InstalledPackages {
    const published = this.#installed.get(target) ?? this.#installedWith(target);
    this.#installed.set(target, published);
    const { key, one } = this.#replaced ?? {};
    if (one === undefined || targetOf(one.package) !== target) return published;
    const known = this.#withDraft.get(one);
    if (known?.published === published) return known.installed;
    const installed = this.#installedWith(target, key, one);
    this.#withDraft.set(one, { published, installed });
    return installed;
  }

  #installedWith(target: string, replaced?: string, ...instead: readonly PackageRevisionApis[]): InstalledPackages {
    const keys = [...this.#targets.get(target)].filter((key) => key !== replaced);
    return new InstalledPackages([...keys.flatMap((key) => this.#latestOf(key)), ...instead]);
  }

  /**
   * The latest revisions of packages that may need this one: they name its package, or the one that it was made from,
   * or need an API that it has, or that these have in another revision.
   */
  mayNeed(one: PackageRevisionApis): readonly PackageRevisionApis[] {
    return [...this.#affectedBy(one)].flatMap((name) => {
      const found = this.#byName.get(name);
      const [latest] = found === undefined ? [] : this.#latestOf(keyOfPackage(found.package));
      return found === undefined || latest !== found ? [] : [found];
    });
  }

  #affectedBy(one: PackageRevisionApis): Set<string> {
    const own = keyOfPackage(one.package);
    const siblings = [one, ...this.newestFirst(own)];
    const sources = siblings.flatMap(({ madeFrom }) =>
      madeFrom === undefined ? [] : [keyOfPackage(madeFrom.package)],
    );
    const packages = new Set([own, ...sources]);
    const revisions = [one, ...[...packages].flatMap((key) => [...this.newestFirst(key)])];
    const terms = new Set([...[...packages].map(packageTerm), ...revisions.flatMap(({ apis }) => offeredTerms(apis))]);
    return new Set([...terms].flatMap((term) => [...this.#dependents.get(term)]));
  }

  #latestOf(key: string): readonly PackageRevisionApis[] {
    for (const one of this.newestFirst(key)) return [one];
    return [];
  }

  #packagesWith(terms: readonly string[]): ReadonlySet<string> {
    const names = terms.flatMap((term) => [...this.#providers.get(term)]);
    return new Set(
      names.flatMap((name) => {
        const one = this.#byName.get(name);
        return one === undefined ? [] : [keyOfPackage(one.package)];
      }),
    );
  }
}

function offeredTerms({ offers }: PackageApis): readonly string[] {
  return offers.flatMap(({ group, kind, plural }) => [
    kind === undefined ? groupTerm(group) : kindTerm(group, kind),
    ...(plural === undefined ? [] : [resourceTerm(group, plural)]),
  ]);
}

function neededTerms({ kinds, rules, packages }: PackageApis): readonly string[] {
  return [
    ...kinds.flatMap(({ group, kind }) => [kindTerm(group, kind), groupTerm(group)]),
    ...rules.flatMap(({ group, resource }) => [resourceTerm(group, resource), groupTerm(group)]),
    ...packages.map((need) => packageTerm(keyOfPackage(need.package))),
  ];
}

const kindTerm = (group: string, kind: string) => `kind ${group} ${kind}`;
const resourceTerm = (group: string, resource: string) => `resource ${group} ${resource}`;
const groupTerm = (group: string) => `group ${group}`;
const packageTerm = (key: string) => `package ${key}`;
