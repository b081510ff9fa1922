import { CountedSet } from "../identity/counted-set.ts";
import { SortedRevisions } from "../identity/sorted-revisions.ts";
import { keyOfPackage, type PackageRevisionApis, targetOf } from "./revision-apis.ts";
import { offeredTerms } from "./terms.ts";

/** The published revisions of one package, and what they offer together. A change costs as much as the revision has. */
export class PackageRevisions {
  /** Undefined for a package of a catalog. */
  readonly target: string | undefined;
  /** What any of the revisions offers. */
  readonly terms = new CountedSet();
  /** Keys of the packages that any of them was made from. */
  readonly sources = new CountedSet();
  readonly #order = new SortedRevisions();
  readonly #byRevision = new Map<string, PackageRevisionApis>();
  /** Until the next change. */
  #newestFirst: readonly PackageRevisionApis[] | undefined;

  constructor({ package: id }: Pick<PackageRevisionApis, "package">) {
    this.target = targetOf(id);
  }

  get isEmpty(): boolean {
    return this.#byRevision.size === 0;
  }

  get newestFirst(): readonly PackageRevisionApis[] {
    this.#newestFirst ??= [...this.#order.newestFirst()].flatMap((revision) => this.#byRevision.get(revision) ?? []);
    return this.#newestFirst;
  }

  get latest(): PackageRevisionApis | undefined {
    return this.#byRevision.get(this.#order.latest ?? "");
  }

  /** Returns the terms that no revision offered before. */
  add(one: PackageRevisionApis): readonly string[] {
    this.#newestFirst = undefined;
    this.#order.add(one.revision);
    this.#byRevision.set(one.revision, one);
    if (one.madeFrom !== undefined) this.sources.add(keyOfPackage(one.madeFrom.package));
    return offeredTerms(one.apis).filter((term) => this.terms.add(term));
  }

  /** Returns the terms that no revision offers any more. */
  delete(one: PackageRevisionApis): readonly string[] {
    this.#newestFirst = undefined;
    this.#order.delete(one.revision);
    this.#byRevision.delete(one.revision);
    if (one.madeFrom !== undefined) this.sources.delete(keyOfPackage(one.madeFrom.package));
    return offeredTerms(one.apis).filter((term) => this.terms.delete(term));
  }
}
