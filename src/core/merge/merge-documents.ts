import type { BasePath } from "./document-ids.ts";
import { matchDocuments } from "./match.ts";
import { type DocumentScope, mergeDocument } from "./merge-document.ts";
import type { PackageSide } from "./package-side.ts";
import type { Three } from "./three.ts";
import { type FileSides, writeDocuments } from "./write-documents.ts";

/**
 * Merges the documents of YAML files, each in the file that it belongs to. Returns the texts of the files. Undefined if
 * a file cannot be written with what upstream has moved into it.
 */
export function mergeDocuments(
  sides: Three<PackageSide>,
  basePath: { readonly upstream: BasePath; readonly local: BasePath },
  scope: DocumentScope,
): ReadonlyMap<string, string> | undefined {
  const { base, upstream, local } = sides;
  const documents = { base: base.documents, upstream: upstream.documents, local: local.documents };
  const merged = matchDocuments(documents, basePath).flatMap((tuple) => mergeDocument(tuple, scope) ?? []);
  const byPath = {
    upstream: Map.groupBy(upstream.documents, ({ path }) => path),
    local: Map.groupBy(local.documents, ({ path }) => path),
  };
  const texts = new Map<string, string>();
  for (const [path, ones] of Map.groupBy(merged, (one) => one.path)) {
    const file: FileSides = {
      texts: { base: base.yaml.get(path), upstream: upstream.yaml.get(path), local: local.yaml.get(path) },
      documents: { upstream: byPath.upstream.get(path) ?? [], local: byPath.local.get(path) ?? [] },
    };
    const text = writeDocuments(path, ones, file);
    if (text === undefined && !scope.keepsLocations) return undefined;
    texts.set(path, text ?? keepLocal(path, file, scope));
  }
  return texts;
}

function keepLocal(path: string, { texts: { base, upstream, local } }: FileSides, { log }: DocumentScope): string {
  log.add({ kind: "file", file: path }, { base: base?.text, upstream: upstream?.text, local: local?.text });
  return local?.text ?? upstream?.text ?? "";
}
