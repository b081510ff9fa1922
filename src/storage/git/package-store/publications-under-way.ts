import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Prepare, PublishRequest } from "../../../core/ports/package-store.ts";
import type { PublishedRef } from "../../../core/repository/classify-ref.ts";
import type { PackageIndex } from "../../../core/repository/package-index.ts";

/**
 * The revisions that this process publishes for objects whose status does not say so yet. Their tags say whose they
 * are, until an external client moves one: meanwhile it must not be taken for a revision without an object.
 */
export class PublicationsUnderWay {
  /** By the object's uid. */
  readonly #revisions = new Map<string, { readonly path: string; readonly revision: string }>();

  /** Notes, before each push of a publication, what it publishes. */
  noting<V>({ metadata: { uid } }: PackageRevision, prepare: Prepare<PublishRequest, V>): Prepare<PublishRequest, V> {
    return async (view) => {
      const prepared = await prepare(view);
      if (prepared.kind === "write" && uid !== undefined)
        this.#revisions.set(uid, { path: view.path, revision: prepared.request.revision });
      return prepared;
    };
  }

  /** Status of the object will not say that it is published: it was not, or its tag was moved or deleted first. */
  end({ metadata: { uid } }: PackageRevision): void {
    if (uid !== undefined) this.#revisions.delete(uid);
  }

  /** The revision, wherever its tag is now; undefined once status says that the object is published. */
  find(packages: PackageIndex, object: PackageRevision): PublishedRef | undefined {
    const lifecycle = object.status?.lifecycle;
    if (lifecycle === "published" || lifecycle === "deletionProposed") this.end(object);
    const { path, revision } = this.#revisions.get(object.metadata.uid ?? "") ?? {};
    return path === undefined || revision === undefined ? undefined : packages.package(path)?.published.get(revision);
  }
}
