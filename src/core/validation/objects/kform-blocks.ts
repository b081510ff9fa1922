import { isMap } from "yaml";
import { annotationsOf } from "../../render/resource.ts";
import { isSchema } from "../schema/open-api-schema.ts";
import { isToolConfig, type ParsedObject } from "./parse-objects.ts";

/** Of the annotations that make a document a block of the package language. */
export const KFORM_PREFIX = "kform.dev/";

export interface WithBlocks {
  readonly objects: readonly ParsedObject[];
  /** Blocks that tools take for objects: they are not marked as local configuration. */
  readonly appliedBlocks: readonly ParsedObject[];
}

export function hasKformAnnotation({ value: { metadata } }: Pick<ParsedObject, "value">): boolean {
  const annotations = isSchema(metadata) ? metadata.annotations : undefined;
  return isSchema(annotations) && Object.keys(annotations).some((key) => key.startsWith(KFORM_PREFIX));
}

/**
 * The objects without the blocks of the package language: these have expressions in the place of values, and what they
 * make is in the folder `out`. Blocks are documents at the top of the package. What a render would not take for a block
 * is an object: it would be checked nowhere else.
 */
export function withoutBlocks(objects: readonly ParsedObject[]): WithBlocks {
  const isTop = ({ file }: ParsedObject) => !file.path.includes("/");
  const marked = new Set(mentioning(objects).filter((one) => isTop(one) && isMarkedBlock(one)));
  if (marked.size === 0) return { objects, appliedBlocks: [] };
  const blocks = new Set(objects.filter((one) => isTop(one) && (!isToolConfig(one) || marked.has(one))));
  return {
    objects: objects.filter((one) => !blocks.has(one)),
    appliedBlocks: [...blocks].filter((one) => !isToolConfig(one)),
  };
}

/** Those of files whose text has the prefix: a file is read once, however many objects it has. */
function mentioning(objects: readonly ParsedObject[]): readonly ParsedObject[] {
  return [...Map.groupBy(objects, ({ file }) => file)].flatMap(([{ text }, all]) =>
    text.includes(KFORM_PREFIX) ? all : [],
  );
}

function isMarkedBlock({ document, node }: ParsedObject): boolean {
  if (node !== document.contents || !isMap(node)) return false;
  return [...annotationsOf(node).keys()].some((key) => key.startsWith(KFORM_PREFIX));
}
