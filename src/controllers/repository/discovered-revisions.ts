import { parseKey } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { SkippedRef } from "../../api/v1alpha1/repository-status.ts";
import { FINALIZER } from "../../api/v1alpha1/well-known.ts";
import { compare } from "../../core/identity/compare.ts";
import { objectName } from "../../core/identity/names.ts";
import type { PackageStore } from "../../core/ports/package-store.ts";
import type { ResourcesClient } from "../../core/ports/resources-client.ts";
import { RevisionChoice } from "../../core/repository/choose-revisions.ts";
import { metadataOf, objectFor } from "../../core/repository/discovered-object.ts";
import type { Discovered } from "../../core/repository/package-index.ts";
import type { SkippedGroup } from "../../core/repository/skipped-refs.ts";
import type { MetadataPrefixes } from "../../core/revision/metadata-keys.ts";
import { forEachInTurns } from "../../event-loop/turns.ts";
import { type ApiError, isAlreadyExists, isInvalid } from "../../kube/client/errors.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import { forEachUnlessRefused, type Refused } from "../shared/for-each.ts";
import { packageRevisions } from "../shared/kinds.ts";

const MAX_CONCURRENT_CREATES = 16;
const REFUSED = "APIRequestRefused";
/** As many as status names. */
const MAX_NAMED = 20;

interface DiscoveryContext {
  readonly client: Pick<ResourcesClient, "create">;
  readonly revisions: Pick<Lister<PackageRevision, "repository">, "get" | "byIndex">;
  /** Package revisions of one Repository that get an object. */
  readonly maxRevisions: number;
}

export interface DiscoveredRepository {
  /** `namespace/name` of the Repository. */
  readonly key: string;
  readonly prefixes: MetadataPrefixes;
  readonly store: Pick<PackageStore, "revisions" | "identify" | "workspaceOf" | "latest">;
}

/** A package revision without an object, and what its object is to be called. */
interface Missing {
  readonly found: Discovered;
  readonly name: string;
  readonly workspace: string;
}

/** Package revisions that get no object. */
export interface WithoutObject {
  readonly groups: readonly SkippedGroup[];
  /** How many of them there are because the Repository has as many objects as it may have. */
  readonly beyondLimit: { readonly count: number; readonly limit: number };
  /** What the API server said of the first that it refused; the next try creates them, or not. */
  readonly refusal?: ApiError;
}

/**
 * Creates the objects of package revisions that are in Git and not in the cluster, as many as a Repository may have.
 * Calls the API once for each. One that the API server refuses does not keep the others from being created. An object
 * that exists stays, however many there are.
 */
export async function createMissing(
  context: DiscoveryContext,
  { key, prefixes, store }: DiscoveredRepository,
  signal: AbortSignal,
): Promise<WithoutObject> {
  const { namespace = "", name: repository } = parseKey(key);
  const { missing, ...rest } = await findMissing(context, key, store);
  const refused = await forEachUnlessRefused(missing, MAX_CONCURRENT_CREATES, async ({ found, ...names }) => {
    signal.throwIfAborted();
    const latest = found.kind === "published" && store.latest(found.path)?.revision === found.revision;
    const at = { ...names, namespace, repository, finalizer: FINALIZER };
    const create = async (bare: boolean) => await createOnce(context, objectFor(found, at, { latest, bare, prefixes }));
    try {
      await create(false);
    } catch (error) {
      // Trailers of external commits may contain values that the API server refuses: without them the object is valid.
      if (metadataOf(found) === undefined || !isInvalid(error)) throw error;
      await create(true);
    }
  });
  const [first] = refused;
  if (first === undefined) return rest;
  const group = { reason: REFUSED, count: refused.length, first: refused.map(describeRefused) };
  return { ...rest, groups: [group, ...rest.groups], refusal: first.error };
}

/** Package revisions are matched with objects by identity. A name that is in use is no match. */
async function findMissing(
  { revisions, maxRevisions: limit }: DiscoveryContext,
  key: string,
  store: DiscoveredRepository["store"],
): Promise<WithoutObject & { readonly missing: readonly Missing[] }> {
  const { namespace = "", name: repository } = parseKey(key);
  const objects = revisions.byIndex("repository", key);
  const shown = new Set<string | undefined>();
  await forEachInTurns(objects, (object) => void shown.add(store.identify(object)?.ref));
  const choice = new RevisionChoice();
  await forEachInTurns(store.revisions(), (found) => choice.add(found, shown.has(found.ref)));
  const { chosen, left } = choice.choose(Math.max(limit - objects.length, 0));
  const missing = new Map<string, Missing>();
  const conflicts: SkippedRef[] = [];
  await forEachInTurns(
    chosen.toSorted((a, b) => compare(a.ref, b.ref)),
    (found) => {
      const workspace = store.workspaceOf(found);
      const name = objectName(repository, found.location, workspace ?? leafOf(found));
      const isUsed = missing.has(name) || revisions.get(`${namespace}/${name}`) !== undefined;
      if (workspace === undefined || isUsed) conflicts.push(nameConflict(found, name));
      else missing.set(name, { found, name, workspace });
    },
  );
  const first = left.slice(0, MAX_NAMED).map((found) => tooMany(found, limit));
  const groups = [
    { reason: "NameConflict", count: conflicts.length, first: conflicts },
    { reason: "TooManyRevisions", count: left.length, first },
  ].filter(({ count }) => count > 0);
  return { missing: [...missing.values()], groups, beyondLimit: { count: left.length, limit } };
}

function leafOf(found: Discovered): string {
  return found.kind === "draft" ? found.workspace : found.revision;
}

function nameConflict({ ref }: Discovered, name: string): SkippedRef {
  const message = `another package revision has the name of its object, ${name}: rename or delete one of the two`;
  return { ref, reason: "NameConflict", message };
}

function describeRefused({ item, error }: Refused<Missing>): SkippedRef {
  return { ref: item.found.ref, reason: REFUSED, message: error.message };
}

function tooMany({ ref }: Discovered, limit: number): SkippedRef {
  return { ref, reason: "TooManyRevisions", message: `this Repository has ${describeRevisionLimit(limit)}` };
}

/** Continues a sentence whose subject is the Repository. */
export function describeRevisionLimit(limit: number): string {
  return (
    `the ${limit} package revisions that it may have in the cluster: delete old ones, or raise the limit ` +
    "(limits.revisions, PKGSERVER_LIMIT_REVISIONS)"
  );
}

async function createOnce(context: DiscoveryContext, object: PackageRevision): Promise<void> {
  try {
    await context.client.create(packageRevisions, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
