import { FINALIZER } from "../../api/names.ts";
import type { PackageRevision } from "../../api/package-revision.ts";
import { objectFor } from "../../core/discovery/objects.ts";
import { isAlreadyExists, isInvalid } from "../../kube/errors.ts";
import { parseKey } from "../../kube/resource.ts";
import { forEachLimited } from "../for-each.ts";
import { packageRevisions } from "../kinds.ts";
import type { Operator } from "../operator.ts";
import type { RepositoryState } from "./state.ts";

const AT_ONCE = 16;

/** Makes the objects of all package revisions that Git has and the API server has not. */
export async function createMissing(operator: Operator, state: RepositoryState, signal: AbortSignal): Promise<void> {
  const { namespace = "", name: repository } = parseKey(state.key);
  const missing = [...state.index.names()].filter(
    (name) => operator.revisions.get(`${namespace}/${name}`) === undefined,
  );
  await forEachLimited(missing, AT_ONCE, async (name) => {
    signal.throwIfAborted();
    const found = state.index.byName(name);
    if (found === undefined) return;
    const latest = found.kind === "published" && state.index.latest(found.path)?.revision === found.revision;
    const at = { name, namespace, repository, finalizer: FINALIZER };
    const create = (bare: boolean) => createOnce(operator, objectFor(found, at, { latest, bare }));
    try {
      await create(false);
    } catch (error) {
      // What somebody wrote into a stamp is not always what the API server accepts.
      if (found.stamp === undefined || !isInvalid(error)) throw error;
      await create(true);
    }
  });
}

async function createOnce(operator: Operator, object: PackageRevision): Promise<void> {
  try {
    await operator.client.create(packageRevisions, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
