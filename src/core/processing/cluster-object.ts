import type { JsonObject } from "../render/kform/given.ts";
import { isSchema } from "../validation/schema/open-api-schema.ts";

/** Set by the API server: they differ where nothing that a package may use does. */
const VOLATILE: ReadonlySet<string> = new Set([
  ...["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"],
]);
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** An object of a cluster as packages take it: without what the API server keeps for itself. */
export function stableObject(object: JsonObject): JsonObject {
  if (!isSchema(object.metadata)) return object;
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([key]) => !VOLATILE.has(key)));
  if (!isSchema(metadata.annotations)) return { ...object, metadata };
  const annotations = Object.entries(metadata.annotations).filter(([key]) => key !== LAST_APPLIED);
  return { ...object, metadata: { ...metadata, annotations: Object.fromEntries(annotations) } };
}
