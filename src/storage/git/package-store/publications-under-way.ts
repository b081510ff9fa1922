import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Prepare, PrepareAll, PublishRequest } from "../../../core/ports/package-store.ts";
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
  noting<V>(revision: PackageRevision, prepare: Prepare<PublishRequest, V>): Prepare<PublishRequest, V> {
    return async (view) => {
      const prepared = await prepare(view);
      if (prepared.kind === "write") this.#note(revision, view.path, prepared.request);
      return prepared;
    };
  }

  notingAll<V>(
    revisions: readonly PackageRevision[],
    prepare: PrepareAll<PublishRequest, V>,
  ): PrepareAll<PublishRequest, V> {
    return async (views) => {
      const prepared = await prepare(views);
      if (prepared.kind === "abort") return prepared;
      for (const [index, revision] of revisions.entries()) {
        const planned = prepared.request.find(({ view }) => view === views[index]);
        if (planned !== undefined) this.#note(revision, planned.view.path, planned.request);
      }
      return prepared;
    };
  }

  #note({ metadata: { uid } }: PackageRevision, path: string, { revision }: PublishRequest): void {
    if (uid !== undefined) this.#revisions.set(uid, { path, revision });
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
