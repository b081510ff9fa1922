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

const AT_ONCE = 16;

interface DiscoveryContext {
  readonly client: Pick<ResourcesClient, "create">;
  readonly revisions: Pick<Lister<PackageRevision, "repository">, "get" | "byIndex">;
}

interface DiscoveredRepository {
  /** `namespace/name` of the Repository. */
  readonly key: string;
  readonly store: Pick<PackageStore, "layout" | "names" | "find" | "latest">;
}

/** Makes the objects of all package revisions that Git has and the API server has not. */
export async function createMissing(
  context: DiscoveryContext,
  state: DiscoveredRepository,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = "", name: repository } = parseKey(state.key);
  const missing = [...state.store.names()].filter(
    (name) => context.revisions.get(`${namespace}/${name}`) === undefined,
  );
  const shown = missing.length === 0 ? new Set() : shownRevisions(context, state);
  await forEachLimited(missing, AT_ONCE, async (name) => {
    signal.throwIfAborted();
    const found = state.store.find(name);
    if (found === undefined || (found.kind === "published" && shown.has(found.ref))) return;
    const latest = found.kind === "published" && state.store.latest(found.path)?.revision === found.revision;
    const at = { name, namespace, repository, finalizer: FINALIZER };
    const create = async (bare: boolean) => await createOnce(context, objectFor(found, at, { latest, bare }));
    try {
      await create(false);
    } catch (error) {
      // What somebody wrote into a trailers is not always what the API server accepts.
      if (found.trailers === undefined || !isInvalid(error)) throw error;
      await create(true);
    }
  });
}

/** The tags that have an object already, under whatever name: one that others moved may ask for another. */
function shownRevisions(context: DiscoveryContext, state: DiscoveredRepository): ReadonlySet<string> {
  const objects = context.revisions.byIndex("repository", state.key);
  return new Set(
    objects.flatMap(({ spec, status }) => {
      const settled = status?.lifecycle === "published" || status?.lifecycle === "deletionProposed";
      if (!settled || status.revision === undefined) return [];
      const path = packagePath(state.store.layout, locationOf(spec.packageRevID, state.store.layout));
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
