import type { GivenObject } from "../render/kform/given.ts";
import { isRenderedOutput } from "../render/kform/outputs.ts";
import { hasKformAnnotation } from "../validation/objects/kform-blocks.ts";
import { parseObjects } from "../validation/objects/parse-objects.ts";
import type { SchemaSet } from "../validation/schema/kind-schema.ts";
import { packageSchemas } from "../validation/schema/package-schemas.ts";
import { bundledSchemas } from "../validation/schema/schema-set.ts";

/** What was found outside of a package: for its data blocks, beside `spec.inputs`, and for its validation. */
export interface OutsideObjects {
  /** Files of published packages of the same target that define kinds which the package has. */
  readonly definitions?: readonly PublishedFile[];
  /** Files of published packages of the same target. */
  readonly published: readonly PublishedFile[];
  readonly cluster: readonly GivenObject[];
  /** Why the rest was not found, and what can be done: continues the message of `DataMissing`. */
  readonly advice: string;
}

export interface PublishedFile {
  /** From the target's folder. */
  readonly path: string;
  /** From the repository's root. */
  readonly source: string;
  readonly bytes: Uint8Array;
}

/**
 * The objects in files of published packages, those that a render has made first. Blocks are none: they have
 * expressions in the place of values. Takes as long as reading the files.
 */
export function publishedObjects(files: readonly PublishedFile[]): readonly GivenObject[] {
  const decoder = new TextDecoder();
  const isRendered = ({ path, bytes }: PublishedFile) =>
    isRenderedOutput(path.slice(path.lastIndexOf("/out/") + 1), decoder.decode(bytes.subarray(0, 1024)));
  const groups = Map.groupBy(files, isRendered);
  return [true, false].flatMap((one) => objectsOf(groups.get(one) ?? []));
}

/** The kinds that CustomResourceDefinitions in files of published packages define, without built-in ones. */
export function definedKinds(files: readonly PublishedFile[]): SchemaSet {
  const schemas = packageSchemas(parseObjects(files.map(({ path, bytes }) => [path, bytes] as const)).objects);
  // No definition changes what a cluster has built in.
  return (apiVersion, kind) => (bundledSchemas(apiVersion, kind) === undefined ? schemas(apiVersion, kind) : undefined);
}

function objectsOf(files: readonly PublishedFile[]): readonly GivenObject[] {
  const sources = new Map(files.map(({ path, source }) => [path, source]));
  const { objects } = parseObjects(files.map(({ path, bytes }) => [path, bytes] as const));
  return objects.flatMap((object) => {
    const source = sources.get(object.file.path) ?? object.file.path;
    return hasKformAnnotation(object) ? [] : [{ object: object.value, source }];
  });
}
