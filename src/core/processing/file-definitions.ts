import { parseObjects } from "../validation/objects/parse-objects.ts";
import type { KindSchema } from "../validation/schema/kind-schema.ts";
import { type DefinedKind, definedKinds } from "../validation/schema/package-schemas.ts";
import { customSchema } from "../validation/schema/schema-set.ts";
import type { PublishedFile } from "./outside-objects.ts";

/** A version of a kind that a file defines. */
export interface FileDefinition extends DefinedKind {
  /** What is compiled of it is kept with it. */
  readonly compiled: KindSchema;
}

/** Of files whose definitions are kept for the next call, together. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
const kept = new Map<string, { readonly bytes: number; readonly definitions: readonly FileDefinition[] }>();
let keptBytes = 0;

/**
 * The kinds that the CustomResourceDefinitions in a file define. The definitions of a large operator take half a second
 * to be read: those of the files that were used last are kept.
 */
export function fileDefinitions({ path, cacheKey, bytes }: PublishedFile): readonly FileDefinition[] {
  if (cacheKey === undefined) return readDefinitions(path, bytes);
  // Whether a file is read depends on its name.
  const key = `${cacheKey} ${path.slice(path.lastIndexOf(".") + 1)}`;
  const known = kept.get(key) ?? { bytes: bytes.length, definitions: readDefinitions(path, bytes) };
  if (!kept.delete(key)) keptBytes += known.bytes;
  kept.set(key, known);
  for (const [oldest, { bytes: size }] of kept) {
    if (keptBytes <= MAX_KEPT_BYTES) break;
    kept.delete(oldest);
    keptBytes -= size;
  }
  return known.definitions;
}

function readDefinitions(path: string, bytes: Uint8Array): readonly FileDefinition[] {
  const { objects } = parseObjects([[path, bytes]]);
  return objects.flatMap(definedKinds).map((one) => ({ ...one, compiled: customSchema(one.schema) }));
}
