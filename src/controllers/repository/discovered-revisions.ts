import { parseKey } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { SkippedRef } from "../../api/v1alpha1/repository-status.ts";
import { FINALIZER } from "../../api/v1alpha1/well-known.ts";
import { compare } from "../../core/identity/compare.ts";
import { objectName } from "../../core/identity/names.ts";
import type { PackageStore } from "../../core/ports/package-store.ts";
import type { ResourcesClient } from "../../core/ports/resources-client.ts";
import { metadataOf, objectFor } from "../../core/repository/discovered-object.ts";
import type { Discovered } from "../../core/repository/package-index.ts";
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
  readonly store: Pick<PackageStore, "revisions" | "identify" | "workspaceOf" | "latest">;
}

/** A package revision without an object, and what its object is to be called. */
interface Missing {
  readonly found: Discovered;
  readonly name: string;
  readonly workspace: string;
}

/**
 * Creates the objects of package revisions that are in Git and not in the cluster. Calls the API once for each. Returns
 * those that get no object, because another package revision has its name.
 */
export async function createMissing(
  context: DiscoveryContext,
  { key, store }: DiscoveredRepository,
  signal: AbortSignal,
): Promise<readonly SkippedRef[]> {
  const { namespace = "", name: repository } = parseKey(key);
  const { missing, conflicts } = findMissing(context, key, store);
  await forEachLimited(missing, MAX_CONCURRENT_CREATES, async ({ found, ...names }) => {
    signal.throwIfAborted();
    const latest = found.kind === "published" && store.latest(found.path)?.revision === found.revision;
    const at = { ...names, namespace, repository, finalizer: FINALIZER };
    const create = async (bare: boolean) => await createOnce(context, objectFor(found, at, { latest, bare }));
    try {
      await create(false);
    } catch (error) {
      // Trailers of external commits may contain values that the API server refuses: without them the object is valid.
      if (metadataOf(found) === undefined || !isInvalid(error)) throw error;
      await create(true);
    }
  });
  return conflicts;
}

/** Package revisions are matched with objects by identity. A name that is in use is no match. */
function findMissing(
  { revisions }: DiscoveryContext,
  key: string,
  store: DiscoveredRepository["store"],
): { readonly missing: readonly Missing[]; readonly conflicts: readonly SkippedRef[] } {
  const { namespace = "", name: repository } = parseKey(key);
  const shown = new Set(revisions.byIndex("repository", key).map((object) => store.identify(object)?.ref));
  const unshown = [...store.revisions()].filter(({ ref }) => !shown.has(ref));
  const missing = new Map<string, Missing>();
  const conflicts: SkippedRef[] = [];
  for (const found of unshown.sort((a, b) => compare(a.ref, b.ref))) {
    const workspace = store.workspaceOf(found);
    const name = objectName(repository, found.location, workspace ?? leafOf(found));
    const isUsed = missing.has(name) || revisions.get(`${namespace}/${name}`) !== undefined;
    if (workspace === undefined || isUsed) conflicts.push(nameConflict(found, name));
    else missing.set(name, { found, name, workspace });
  }
  return { missing: [...missing.values()], conflicts };
}

function leafOf(found: Discovered): string {
  return found.kind === "draft" ? found.workspace : found.revision;
}

function nameConflict({ ref }: Discovered, name: string): SkippedRef {
  const message = `another package revision has the name of its object, ${name}: rename or delete one of the two`;
  return { ref, reason: "NameConflict", message };
}

async function createOnce(context: DiscoveryContext, object: PackageRevision): Promise<void> {
  try {
    await context.client.create(packageRevisions, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
