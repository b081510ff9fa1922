import { utf8Text } from "../files/utf8-text.ts";
import { definedSchemas } from "../merge/package-crds.ts";
import { groupOf } from "../render/resource.ts";
import type { SchemaSet } from "../validation/schema/kind-schema.ts";
import type { ReviewFiles } from "./file-pairs.ts";

/** Bytes of definitions of one side that are read. */
const MAX_BYTES = 2 * 1024 * 1024;

/**
 * The kinds that the packages define. Reads the files that may have the definition of a kind when it is asked for:
 * packages have megabytes of others.
 */
export function definitionsOf(before: ReviewFiles, after: ReviewFiles): SchemaSet {
  const found = new Map<string, ReturnType<SchemaSet>>();
  let sides: readonly Texts[] | undefined;
  return (apiVersion, kind) => {
    const key = `${apiVersion}/${kind}`;
    if (found.has(key)) return found.get(key);
    sides ??= [before, after].map(definitionTexts);
    const [base, local] = sides.map((texts) => {
      const group = groupOf(apiVersion);
      const named = texts.filter(({ text }) => group !== "" && text.includes(kind) && text.includes(group));
      return new Map(named.map(({ path, bytes }) => [path, bytes] as const));
    });
    const none = new Map<string, Uint8Array>();
    const schemas = definedSchemas({ base: base ?? none, upstream: none, local: local ?? none });
    found.set(key, schemas(apiVersion, kind));
    return found.get(key);
  };
}

type Texts = readonly { readonly path: string; readonly bytes: Uint8Array; readonly text: string }[];

function definitionTexts(files: ReviewFiles): Texts {
  let size = 0;
  return [...files].flatMap(([path, bytes]) => {
    if (!(bytes instanceof Uint8Array) || !/\.(?:ya?ml|json)$/.test(path)) return [];
    const text = utf8Text(bytes);
    if (text?.includes("CustomResourceDefinition") !== true) return [];
    size += bytes.length;
    return size > MAX_BYTES ? [] : [{ path, bytes, text }];
  });
}
