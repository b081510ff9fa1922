import { isSchema } from "../schema/open-api-schema.ts";
import { isLocalConfig, type ParsedObject } from "./parse-objects.ts";

/** Of the annotations that make a document a block of the package language. */
export const KFORM_PREFIX = "kform.dev/";

/**
 * The objects without the blocks of the package language: these have expressions in the place of values, and what they
 * make is in the folder `out`. Blocks are at the top of the package.
 */
export function withoutBlocks(objects: readonly ParsedObject[]): readonly ParsedObject[] {
  const isTop = ({ file }: ParsedObject) => !file.path.includes("/");
  if (!objects.some((one) => isTop(one) && hasKformAnnotation(one))) return objects;
  return objects.filter((one) => !isTop(one) || (isLocalConfig(one) && !hasKformAnnotation(one)));
}

export function hasKformAnnotation({ value: { metadata } }: Pick<ParsedObject, "value">): boolean {
  const annotations = isSchema(metadata) ? metadata.annotations : undefined;
  return isSchema(annotations) && Object.keys(annotations).some((key) => key.startsWith(KFORM_PREFIX));
}
