import { yamlCheck } from "../checks/yaml.ts";

/** Of one package; there are schemas of no more. */
const MAX_NAMED = 200;

const NAMED =
  /["']?apiVersion["']?[ \t]*:[ \t\n]*(?:[&!]\S{0,100}[ \t]+)?["']?([a-z0-9][-a-z0-9.]{0,252}(?:\/[a-z0-9]{1,63})?)/g;

/**
 * The apiVersions that YAML files name, with those in comments and in texts. Without parsing, so that the schemas that
 * a package needs can be loaded before it is validated elsewhere. Takes time linear in the files.
 */
export function namedApiVersions(files: Iterable<readonly [path: string, bytes: Uint8Array]>): ReadonlySet<string> {
  const found = new Set<string>();
  const decoder = new TextDecoder();
  for (const [path, bytes] of files) {
    if (!yamlCheck.applies(path)) continue;
    for (const [, apiVersion = ""] of decoder.decode(bytes).matchAll(NAMED)) {
      found.add(apiVersion);
      if (found.size >= MAX_NAMED) return found;
    }
  }
  return found;
}
