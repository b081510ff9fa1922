import type { DataRequest } from "../render/kform/given.ts";
import type { TargetInventory } from "../validation/target/inventory.ts";
import { resourceId, resourceType } from "../validation/yaml/resource-ids.ts";

/** Of the files that may have what one package needs, so many are read. */
export const MAX_FILES = 500;
/** Together. */
export const MAX_BYTES = 4 * 1024 * 1024;

/** What a request for an object is looked up by: the id of a resource, or the type of a list's items. */
export function lookupKey({ apiVersion, kind, name, namespace }: DataRequest): string | undefined {
  return name === undefined
    ? resourceType({ apiVersion, kind })
    : resourceId({ apiVersion, kind, name, ...(namespace !== undefined && { namespace }) });
}

/** The files of a target that may have the objects, sorted. */
export function filesFor(
  requests: readonly DataRequest[],
  inventory: Pick<TargetInventory, "filesWith" | "filesOfType">,
): readonly string[] {
  const found = requests.flatMap((request) => {
    const key = lookupKey(request);
    if (key === undefined) return [];
    return [...(request.name === undefined ? inventory.filesOfType(key) : inventory.filesWith(key))];
  });
  return [...new Set(found)].sort();
}
