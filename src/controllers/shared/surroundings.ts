import type { ObjectKey, Resource } from "../../api/meta.ts";
import type { ResourcesClient } from "../../core/ports/resources-client.ts";
import { ignoreNotFound } from "../../kube/client/errors.ts";
import { customResourceDefinitions, namespaces, repositories } from "./kinds.ts";
import { sharedReadsOf } from "./shared-reads.ts";

interface Surroundings {
  readonly namespace: string;
  /** The name of the Repository that the object's contents are in. */
  readonly repository: string;
  /** That of the object. */
  readonly resource: Pick<Resource, "plural" | "group">;
}

/**
 * Whether Namespace, Repository and CRD of an object stay: deleting any of them must not change Git. Asks the API
 * server, since the cache may not know of such a deletion yet; once for all that ask at a time.
 */
export async function surroundingsStay(
  client: Pick<ResourcesClient, "get">,
  { namespace, repository, resource: { plural, group } }: Surroundings,
): Promise<boolean> {
  const reads = sharedReadsOf(client);
  const stays = async (resource: Resource, key: ObjectKey) => {
    const id = `${resource.group}/${resource.plural} ${key.namespace ?? ""}/${key.name}`;
    const found = await reads.read(id, async () => await ignoreNotFound(client.get(resource, key)));
    return found !== undefined && found.metadata.deletionTimestamp === undefined;
  };
  const all = await Promise.all([
    stays(namespaces, { name: namespace }),
    stays(repositories, { namespace, name: repository }),
    stays(customResourceDefinitions, { name: `${plural}.${group}` }),
  ]);
  return all.every((one) => one);
}
