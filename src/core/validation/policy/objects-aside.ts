import { type ParsedObject, parseObjects } from "../objects/parse-objects.ts";
import type { ReadYaml } from "../yaml/check-yaml.ts";
import { jsonValues } from "./json-values.ts";

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
  const excluded = files.filter(([path]) => !isIn(path));
  const json = files.filter(([path]) => /\.json$/.test(path));
  return [...parseObjects(excluded, read).objects, ...json.flatMap((file) => objectsOfJson(file, read))];
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
