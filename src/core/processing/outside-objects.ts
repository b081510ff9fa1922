import type { NeededDefinition } from "../dependencies/needed-definitions.ts";
import type { GivenObject } from "../render/kform/given.ts";
import { isRenderedOutput } from "../render/kform/outputs.ts";
import { hasKformAnnotation } from "../validation/objects/kform-blocks.ts";
import { parseObjects } from "../validation/objects/parse-objects.ts";

/** What was found outside of a package: for its data blocks, beside `spec.inputs`, and for its validation. */
export interface OutsideObjects {
  readonly definitions?: FoundDefinitions;
  readonly needed?: FoundNeeded;
  /** Files of published packages of the same target. */
  readonly published: readonly PublishedFile[];
  readonly cluster: readonly GivenObject[];
  /** Why the rest was not found, and what can be done: continues the message of `DataMissing`. */
  readonly advice: string;
}

/** Files of published packages of the same target that define kinds which the package may have. */
export interface FoundDefinitions {
  readonly files: readonly PublishedFile[];
  /** There are more than are read. */
  readonly isTooMuch: boolean;
}

/** Files of packages that the package needs, of other repositories or catalogs, which define its kinds. */
export interface FoundNeeded {
  readonly files: readonly NeededFile[];
  /** Files that could not be read. */
  readonly unread: readonly Pick<NeededFile, "path" | "source">[];
  /** There are more than are read. */
  readonly isTooMuch: boolean;
}

/** The path is from the package's folder, the source the package revision. */
export interface NeededFile extends PublishedFile, Pick<NeededDefinition, "kinds" | "isAmbiguous"> {}

export interface PublishedFile {
  /** From the target's folder. */
  readonly path: string;
  /** From the repository's root. */
  readonly source: string;
  /** Equal for equal bytes: what a file defines is kept by it. Only of files with definitions. */
  readonly cacheKey?: string;
  readonly bytes: Uint8Array;
  /** When the latest revision of its package was published, in seconds since 1970. Only of files with definitions. */
  readonly publishedAt?: number;
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

function objectsOf(files: readonly PublishedFile[]): readonly GivenObject[] {
  const sources = new Map(files.map(({ path, source }) => [path, source]));
  const { objects } = parseObjects(files.map(({ path, bytes }) => [path, bytes] as const));
  return objects.flatMap((object) => {
    const source = sources.get(object.file.path) ?? object.file.path;
    return hasKformAnnotation(object) ? [] : [{ object: object.value, source }];
  });
}
