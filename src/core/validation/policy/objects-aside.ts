import { type ParsedObject, parseObjects } from "../objects/parse-objects.ts";
import type { ReadYaml } from "../yaml/check-yaml.ts";
import { readLeniently } from "../yaml/read-leniently.ts";
import { jsonValues } from "./json-values.ts";

type File = readonly [path: string, bytes: Uint8Array];

/**
 * The objects in YAML files that are left out of the package: tools that do not know its ignore file apply them. Some
 * read what Kubernetes refuses. Files that are no YAML at all have none.
 */
export function excludedObjects(files: readonly File[], read: ReadYaml): readonly ParsedObject[] {
  const orLeniently: ReadYaml = (bytes) => {
    const strict = read(bytes);
    return "documents" in strict ? strict : readLeniently(bytes);
  };
  return parseObjects(files, orLeniently).objects;
}

/** The objects in JSON, which some of the tools apply that read YAML. */
export function jsonObjects(files: readonly File[], read: ReadYaml): readonly ParsedObject[] {
  return files.filter(([path]) => /\.json$/.test(path)).flatMap((file) => objectsOfJson(file, read));
}

/** As kubectl reads it: between lines of `---`, values one after the other, or YAML. */
function objectsOfJson([path, bytes]: File, read: ReadYaml): readonly ParsedObject[] {
  const encoder = new TextEncoder();
  const texts = new TextDecoder().decode(bytes).split(/^---.*$/m);
  return texts.flatMap((text) => {
    const values = jsonValues(text);
    // Read again as YAML: of equal keys only the last one is left.
    const wanted = values.length === 0 ? [text] : values.map((value) => JSON.stringify(value, undefined, 2));
    return wanted.flatMap((one) => parseObjects([[path, encoder.encode(one)]], read, () => true).objects);
  });
}
