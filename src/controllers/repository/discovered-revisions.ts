import { parseKey } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { FINALIZER } from "../../api/v1alpha1/well-known.ts";
import { locationOf, packagePath } from "../../core/identity/location.ts";
import { revisionRef } from "../../core/identity/refs.ts";
import type { PackageStore } from "../../core/ports/package-store.ts";
import type { ResourcesClient } from "../../core/ports/resources-client.ts";
import { objectFor } from "../../core/repository/discovered-object.ts";
import { isAlreadyExists, isInvalid } from "../../kube/client/errors.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import { forEachLimited } from "../shared/for-each.ts";
import { packageRevisions } from "../shared/kinds.ts";

const MAX_CONCURRENT_CREATES = 16;

interface DiscoveryContext {
  readonly client: Pick<ResourcesClient, "create">;
  readonly revisions: Pick<Lister<PackageRevision, "repository">, "get" | "byIndex">;
}

interface DiscoveredRepository {
  /** `namespace/name` of the Repository. */
  readonly key: string;
  readonly store: Pick<PackageStore, "layout" | "names" | "find" | "latest">;
}

/** Creates the objects of package revisions that are in Git and not in the cluster. Calls the API once for each. */
export async function createMissing(
  context: DiscoveryContext,
  cache: DiscoveredRepository,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = "", name: repository } = parseKey(cache.key);
  const missing = [...cache.store.names()].filter(
    (name) => context.revisions.get(`${namespace}/${name}`) === undefined,
  );
  const shown = missing.length === 0 ? new Set() : shownRevisions(context, cache);
  await forEachLimited(missing, MAX_CONCURRENT_CREATES, async (name) => {
    signal.throwIfAborted();
    const found = cache.store.find(name);
    if (found === undefined || (found.kind === "published" && shown.has(found.ref))) return;
    const latest = found.kind === "published" && cache.store.latest(found.path)?.revision === found.revision;
    const at = { name, namespace, repository, finalizer: FINALIZER };
    const create = async (bare: boolean) => await createOnce(context, objectFor(found, at, { latest, bare }));
    try {
      await create(false);
    } catch (error) {
      // Trailers of external commits may contain values that the API server refuses: without them the object is valid.
      if (found.trailers === undefined || !isInvalid(error)) throw error;
      await create(true);
    }
  });
}

/** The tags that have an object already. A tag that was moved by an external push may imply another object name. */
function shownRevisions(context: DiscoveryContext, cache: DiscoveredRepository): ReadonlySet<string> {
  const objects = context.revisions.byIndex("repository", cache.key);
  return new Set(
    objects.flatMap(({ spec, status }) => {
      const isPublished = status?.lifecycle === "published" || status?.lifecycle === "deletionProposed";
      if (!isPublished || status.revision === undefined) return [];
      const path = packagePath(cache.store.layout, locationOf(spec.packageRevID, cache.store.layout));
      return [revisionRef(path, status.revision)];
    }),
  );
}

async function createOnce(context: DiscoveryContext, object: PackageRevision): Promise<void> {
  try {
    await context.client.create(packageRevisions, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
