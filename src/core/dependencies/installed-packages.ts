import type { KindNeed, RuleNeed } from "./package-apis.ts";
import { keyOfPackage, type PackageRevisionApis } from "./revision-apis.ts";

/** The latest published revisions of one target's packages. */
export class InstalledPackages {
  readonly revisions: readonly PackageRevisionApis[];
  readonly #byPackage = new Map<string, PackageRevisionApis>();
  /** Group and kind; group alone for an APIService. */
  readonly #byApi = new Map<string, PackageRevisionApis[]>();

  constructor(revisions: readonly PackageRevisionApis[]) {
    this.revisions = revisions.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    for (const one of this.revisions) {
      // A package that was named itself comes before one that was made from it.
      this.#byPackage.set(keyOfPackage(one.package), one);
      for (const { group, kind, plural } of one.apis.offers) {
        for (const api of kind === undefined ? [group] : [`${group}/${kind}`, `${group}/*${plural}`]) {
          const all = this.#byApi.get(api) ?? [];
          if (all.at(-1) !== one) all.push(one);
          this.#byApi.set(api, all);
        }
      }
    }
    for (const one of this.revisions) {
      const key = one.madeFrom === undefined ? undefined : keyOfPackage(one.madeFrom.package);
      if (key !== undefined && !this.#byPackage.has(key)) this.#byPackage.set(key, one);
    }
  }

  /** Those that offer a kind, by name. */
  withKind({ group, kind }: Pick<KindNeed, "group" | "kind">): readonly PackageRevisionApis[] {
    return [...(this.#byApi.get(`${group}/${kind}`) ?? []), ...(this.#byApi.get(group) ?? [])];
  }

  withResource({ group, resource }: Pick<RuleNeed, "group" | "resource">): readonly PackageRevisionApis[] {
    return [...(this.#byApi.get(`${group}/*${resource}`) ?? []), ...(this.#byApi.get(group) ?? [])];
  }

  /** The package itself, or the first one that was made from it. */
  ofPackage(key: string): PackageRevisionApis | undefined {
    return this.#byPackage.get(key);
  }
}
