import type { Finding } from "../objects/finding.ts";
import { SourceFile } from "../objects/source-file.ts";
import { isSchema } from "../schema/open-api-schema.ts";
import { isKustomization } from "../target/folder.ts";
import type { ReadYaml } from "../yaml/check-yaml.ts";
import { plainReader } from "../yaml/value-reader.ts";
import { type KustomizeReference, referencesOf } from "./references.ts";

const MAX_SHOWN = 100;

/**
 * The files and folders that kustomization files name, and that are not there: kustomize builds nothing then. What is
 * outside of the package, or on another host, is not looked for. Linear in the files and references.
 * @param paths of all files of the package
 */
export function findMissingReferences(
  files: readonly (readonly [path: string, bytes: Uint8Array])[],
  paths: Iterable<string>,
  read: ReadYaml,
): readonly Finding[] {
  const kustomizations = files.filter(([path]) => isKustomization(path.slice(path.lastIndexOf("/") + 1)));
  if (kustomizations.length === 0) return [];
  const known = new Entries(paths);
  return kustomizations.flatMap(([path, bytes]) => missingIn(path, read(bytes), known));
}

function missingIn(path: string, reading: ReturnType<ReadYaml>, known: Entries): readonly Finding[] {
  if (!("documents" in reading)) return [];
  const [document] = reading.documents;
  const value = document && plainReader(document)(document.contents);
  if (document === undefined || !isSchema(value)) return [];
  const file = new SourceFile(path, reading.text);
  const object = { file, document, node: document.contents, apiVersion: "", kind: "Kustomization", value };
  return referencesOf(value).flatMap((reference) => {
    const problem = known.problemOf(parentOf(path), reference);
    if (problem === undefined) return [];
    const message = `${JSON.stringify(shorten(reference.path))} ${problem}: kustomize builds nothing here`;
    return [{ object, field: reference.field, rule: "kustomization", severity: "warning", message } as const];
  });
}

/** The files and folders of a package. */
class Entries {
  readonly #files: ReadonlySet<string>;
  readonly #folders = new Set<string>();
  /** Folders with a kustomization file. */
  readonly #built = new Set<string>();

  constructor(paths: Iterable<string>) {
    this.#files = new Set(paths);
    for (const path of this.#files) {
      const folder = parentOf(path);
      if (isKustomization(path.slice(path.lastIndexOf("/") + 1))) this.#built.add(folder);
      for (let at = folder; at !== "" && !this.#folders.has(at); at = parentOf(at)) this.#folders.add(at);
    }
  }

  problemOf(from: string, { path, mayBeFolder }: KustomizeReference): string | undefined {
    const full = resolve(from, path);
    if (full === undefined || this.#files.has(full)) return undefined;
    if (!mayBeFolder || !(full === "" || this.#folders.has(full))) return "is not in the package";
    return this.#built.has(full) ? undefined : "has no kustomization file";
  }
}

/** From the package's folder; undefined for what is outside of it. */
function resolve(from: string, path: string): string | undefined {
  if (path.startsWith("/")) return undefined;
  const parts = from === "" ? [] : from.split("/");
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function shorten(path: string): string {
  return path.length > MAX_SHOWN ? `…${path.slice(-MAX_SHOWN).toWellFormed()}` : path.toWellFormed();
}
