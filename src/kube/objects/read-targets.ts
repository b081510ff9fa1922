import { formatSelector } from "../../core/identity/format-selector.ts";
import { isSecret, type ObjectSource, targetOfObject } from "../../core/variant-sets/object-sources.ts";
import type { Target } from "../../core/variant-sets/targets.ts";
import { type ObjectReader, TooManyObjectsError } from "./object-reader.ts";

/** Of the targets of one source, as JSON. */
const MAX_CHARACTERS = 8 * 1024 * 1024;
const ALL_NAMESPACES = "*";

/**
 * The targets of a source, by name. Rejects as `ObjectReader.select` does.
 * @param own the namespace of the set
 */
export async function readTargets(
  reader: Pick<ObjectReader, "select">,
  own: string,
  source: ObjectSource,
): Promise<readonly Target[]> {
  const { apiVersion, kind, namespace = own, selector } = source;
  let size = 0;
  const wanted = {
    apiVersion,
    kind,
    ...(namespace !== ALL_NAMESPACES && { namespace }),
    labelSelector: formatSelector(selector),
    isMetadataOnly: isSecret(source),
  };
  const found = await reader.select(wanted, (object) => {
    const target = targetOfObject(object, source);
    size += JSON.stringify(target ?? null).length;
    if (size > MAX_CHARACTERS) throw new TooManyObjectsError(`they have more than ${MAX_CHARACTERS} characters`);
    return target;
  });
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
