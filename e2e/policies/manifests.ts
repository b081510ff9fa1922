import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

/** One YAML document of the chart's files. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

const ROOT = join(import.meta.dirname, "..", "..");

/** File name without `.yaml` → manifests, of the files directly in `folder`, a path from the project's root. */
export function readManifests(folder: string): ReadonlyMap<string, readonly Manifest[]> {
  const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(".yaml"));
  return new Map(names.toSorted().map((name) => [name.slice(0, -".yaml".length), readFile(join(ROOT, folder, name))]));
}

/** Throws for a document that is not valid YAML: a manifest that cannot be read must not be skipped. */
function readFile(path: string): readonly Manifest[] {
  return parseAllDocuments(readFileSync(path, "utf8")).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS();
  });
}
