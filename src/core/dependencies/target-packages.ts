import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { isPublished } from "../variants/observation.ts";
import { identityOf } from "./identify.ts";
import { keyOfPackage, type PackageRevisionApis } from "./revision-apis.ts";
import type { Place } from "./scheduled-draft.ts";

/** What a target has, read once: thousands of revisions, and a draft may lack hundreds of packages. */
export class TargetPackages {
  readonly #published = new Set<string>();
  /** Drafts and proposals by their place, and by the package that they are made from; of several the first by name. */
  readonly #at = new Map<string, PackageRevision>();
  readonly #from = new Map<string, PackageRevision>();

  constructor(revisions: readonly PackageRevision[]) {
    for (const one of revisions) {
      const key = keyOfPackage(one.spec.packageRevID);
      if (isPublished(one)) {
        this.#published.add(key);
        continue;
      }
      keepFirst(this.#at, key, one);
      const source = identityOf(one).madeFrom?.package ?? one.spec.upstream;
      if (source !== undefined) keepFirst(this.#from, keyOfPackage(source), one);
    }
  }

  /** True if a package with a published revision is there. */
  isTaken(place: Place): boolean {
    return this.#published.has(keyOfPackage(place));
  }

  /** A draft at that place, or one that is made from the package elsewhere in the target. */
  draftOf({ package: upstream }: PackageRevisionApis, place: Place): PackageRevision | undefined {
    return firstOf(this.#at.get(keyOfPackage(place)), this.#from.get(keyOfPackage(upstream)));
  }
}

function keepFirst(map: Map<string, PackageRevision>, key: string, one: PackageRevision): void {
  map.set(key, firstOf(map.get(key), one) ?? one);
}

function firstOf(a: PackageRevision | undefined, b: PackageRevision | undefined): PackageRevision | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.metadata.name < a.metadata.name ? b : a;
}
