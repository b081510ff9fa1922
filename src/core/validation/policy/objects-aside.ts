import { type ParsedObject, parseObjects } from "../objects/parse-objects.ts";
import { isSchema } from "../schema/open-api-schema.ts";
import type { ReadYaml } from "../yaml/check-yaml.ts";

type File = readonly [path: string, bytes: Uint8Array];

/**
 * The objects that only policies about kinds are evaluated on: in files that are left out of the package, and in JSON,
 * which some of the tools apply that read YAML. Files that cannot be read have none.
 */
export function objectsAside(
  files: readonly File[],
  isIn: (path: string) => boolean,
  read: ReadYaml,
): readonly ParsedObject[] {
  const json = files.flatMap(([path, bytes]): readonly File[] => {
    const text = /\.json$/.test(path) ? normalize(bytes) : undefined;
    return text === undefined ? [] : [[path, text]];
  });
  const excluded = files.filter(([path]) => !isIn(path));
  return [...parseObjects(excluded, read).objects, ...parseObjects(json, read, () => true).objects];
}

/** JSON as its readers take it: of equal keys the last one. Undefined for what is no Kubernetes object. */
function normalize(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const isObject = isSchema(value) && typeof value.apiVersion === "string" && typeof value.kind === "string";
    return isObject ? new TextEncoder().encode(JSON.stringify(value, undefined, 2)) : undefined;
  } catch {
    return undefined;
  }
}
