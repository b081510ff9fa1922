import { runToEnd } from "../identity/run-to-end.ts";
import { SetIndex } from "../identity/set-index.ts";
import { InstalledPackages, type ReplacedRevision } from "./installed-packages.ts";
import type { KindNeed, RuleNeed } from "./package-apis.ts";
import { PackageRevisions } from "./package-revisions.ts";
import { keyOfPackage, type PackageRevisionApis, targetOf } from "./revision-apis.ts";
import { groupTerm, kindTerm, neededTerms, offeredTerms, packageTerm, resourceTerm } from "./terms.ts";

const NO_REVISIONS: readonly PackageRevisionApis[] = [];
const NO_PACKAGES = new InstalledPackages();

/**
 * The published revisions of a namespace, by what they offer and need. A change costs as much as the revision has
 * entries, and as there are revisions that may need these.
 */
export class DependencyIndex {
  readonly #byName = new Map<string, PackageRevisionApis>();
  readonly #packages = new Map<string, PackageRevisions>();
  /** Group and kind, or plural → keys of packages in catalogs. */
  readonly #providers = new SetIndex();
  readonly #installed = new Map<string, InstalledPackages>();
  /** What a package names or needs → names of revisions. */
  readonly #dependents = new SetIndex();
  /** A revision of a target in the place of the latest published one of its package. */
  #replaced: (ReplacedRevision & { readonly target: string | undefined }) | undefined;

  /**
   * Adds a revision, or replaces the one of the same name. Returns the names of revisions that may need what changed.
   * Many may need it: each term is a step.
   */
  *setInSteps(one: PackageRevisionApis): Generator<void, ReadonlySet<string>> {
    const before = yield* this.deleteInSteps(one.name);
    this.#byName.set(one.name, one);
    const key = keyOfPackage(one.package);
    const revisions = this.#packages.get(key) ?? new PackageRevisions(one);
    this.#packages.set(key, revisions);
    const offered = revisions.add(one);
    for (const term of neededTerms(one.apis)) this.#dependents.add(term, one.name);
    if (revisions.target === undefined) for (const term of offered) this.#providers.add(term, key);
    else this.#latestChanged(key, revisions);
    yield* this.#addAffected(before, one);
    return before.add(one.name);
  }

  /** Returns the names of revisions that may need what changed. */
  *deleteInSteps(name: string): Generator<void, Set<string>> {
    const affected = new Set([name]);
    const one = this.#byName.get(name);
    if (one === undefined) return affected;
    yield* this.#addAffected(affected, one);
    this.#byName.delete(name);
    const key = keyOfPackage(one.package);
    for (const term of neededTerms(one.apis)) this.#dependents.delete(term, name);
    const revisions = this.#packages.get(key);
    if (revisions === undefined) return affected;
    for (const term of revisions.delete(one)) this.#providers.delete(term, key);
    if (revisions.isEmpty) this.#packages.delete(key);
    this.#latestChanged(key, revisions);
    return affected;
  }

  #latestChanged(key: string, { target, latest }: PackageRevisions): void {
    if (target === undefined) return;
    const installed = this.#installed.get(target) ?? new InstalledPackages();
    installed.set(key, latest);
    if (installed.isEmpty) this.#installed.delete(target);
    else this.#installed.set(target, installed);
  }

  /**
   * Puts a revision of a target in the place of the latest published one of its package, until it is called without.
   * Returns the names of revisions that may need what changed.
   */
  *replaceInSteps(one: PackageRevisionApis | undefined): Generator<void, ReadonlySet<string>> {
    const affected = new Set<string>();
    const changed = [this.#replaced?.one, one].filter((each) => each !== undefined);
    this.#replaced = one && {
      key: keyOfPackage(one.package),
      one,
      target: targetOf(one.package),
      terms: new Set(offeredTerms(one.apis)),
    };
    for (const each of changed) {
      yield* this.#addAffected(affected, each);
      affected.add(each.name);
    }
    return affected;
  }

  /** A draft's needs count from now on for the names that `setInSteps` and `deleteInSteps` return. */
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

  isLatest(one: PackageRevisionApis): boolean {
    return this.#packages.get(keyOfPackage(one.package))?.latest === one;
  }

  /** The latest revision of each package. */
  latest(): readonly PackageRevisionApis[] {
    return [...this.#packages.values()].flatMap(({ latest }) => latest ?? []);
  }

  hasPackage(key: string): boolean {
    return this.#packages.has(key);
  }

  newestFirst(key: string): readonly PackageRevisionApis[] {
    return this.#packages.get(key)?.newestFirst ?? NO_REVISIONS;
  }

  /** Keys of the packages in catalogs of which a revision has a kind, in any version. */
  withKind(group: string, kind: string): ReadonlySet<string> {
    return this.#packagesWith(kindTerm(group, kind), groupTerm(group));
  }

  /** Keys of the packages in catalogs of which a revision has a resource that roles name. */
  withResource(group: string, resource: string): ReadonlySet<string> {
    return this.#packagesWith(resourceTerm(group, resource), groupTerm(group));
  }

  #packagesWith(one: string, other: string): ReadonlySet<string> {
    return new Set([...this.#providers.get(one), ...this.#providers.get(other)]);
  }

  /** The latest published revisions of a target's packages, by name. */
  installed(target: string): readonly PackageRevisionApis[] {
    return this.#installedIn(target).revisions(this.#replacedIn(target));
  }

  /** Those of a target that offer a kind, by name; those that offer all of its group come last. */
  installedWithKind(target: string, need: Pick<KindNeed, "group" | "kind">): readonly PackageRevisionApis[] {
    return this.#installedIn(target).withKind(need, this.#replacedIn(target));
  }

  installedWithResource(target: string, need: Pick<RuleNeed, "group" | "resource">): readonly PackageRevisionApis[] {
    return this.#installedIn(target).withResource(need, this.#replacedIn(target));
  }

  /** A package of a target, or the first one there that was made from it. */
  installedPackage(target: string, key: string): PackageRevisionApis | undefined {
    return this.#installedIn(target).ofPackage(key, this.#replacedIn(target));
  }

  #installedIn(target: string): InstalledPackages {
    return this.#installed.get(target) ?? NO_PACKAGES;
  }

  #replacedIn(target: string): ReplacedRevision | undefined {
    return this.#replaced?.target === target ? this.#replaced : undefined;
  }

  /**
   * The latest revisions of packages that may need this one: they name its package, or the one that it was made from,
   * or need an API that it has, or that these have in another revision.
   */
  mayNeed(one: PackageRevisionApis): readonly PackageRevisionApis[] {
    const affected = new Set<string>();
    runToEnd(this.#addAffected(affected, one));
    return [...affected].flatMap((name) => {
      const found = this.#byName.get(name);
      return found !== undefined && this.isLatest(found) ? [found] : [];
    });
  }

  *#addAffected(affected: Set<string>, one: PackageRevisionApis): Generator<void, void> {
    const own = keyOfPackage(one.package);
    const sources = one.madeFrom === undefined ? [] : [keyOfPackage(one.madeFrom.package)];
    const packages = new Set([own, ...sources, ...(this.#packages.get(own)?.sources ?? [])]);
    const offered = [...packages].flatMap((key) => [packageTerm(key), ...(this.#packages.get(key)?.terms ?? [])]);
    for (const term of new Set([...offered, ...offeredTerms(one.apis)])) {
      yield;
      for (const name of this.#dependents.get(term)) affected.add(name);
    }
  }
}
