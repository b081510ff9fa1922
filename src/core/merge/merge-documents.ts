import type { BasePath } from "./document-ids.ts";
import { matchDocuments } from "./match.ts";
import { type DocumentScope, type MergedDocument, mergeDocument } from "./merge-document.ts";
import type { PackageSide } from "./package-side.ts";
import type { Three } from "./three.ts";
import { type FileSides, writeDocuments } from "./write-documents.ts";

/**
 * Merges the documents of YAML files, each in the file that it belongs to. Returns the texts of the files. Undefined if
 * that cannot be done where upstream has them: documents that are no objects would come into one file from several
 * ones, or a file cannot be written.
 * @param basePath the path in the base of a file that a side has moved
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
    if (isMixed(ones) && !scope.keepsLocations) return undefined;
    const text = writeDocuments(path, isMixed(ones) ? unmixed(ones, scope) : ones, file);
    if (text === undefined && !scope.keepsLocations) return undefined;
    texts.set(path, text ?? keepLocal(path, file, scope));
  }
  return texts;
}

/** True for documents that are no objects, and that a side has in several files: two files of values are not one. */
function isMixed(merged: readonly MergedDocument[]): boolean {
  const others = merged.filter(({ from }) => from.object === undefined);
  return (["upstream", "local"] as const).some(
    (side) => new Set(others.flatMap(({ tuple }) => tuple[side]?.path ?? [])).size > 1,
  );
}

/** Without those that only upstream has. */
function unmixed(merged: readonly MergedDocument[], { log }: DocumentScope): readonly MergedDocument[] {
  return merged.filter(({ path, from, tuple }) => {
    if (from.object !== undefined || tuple.local !== undefined) return true;
    log.add({ kind: "field", file: path, field: "" }, { base: undefined, upstream: from.root, local: undefined });
    return false;
  });
}

function keepLocal(path: string, { texts: { base, upstream, local } }: FileSides, { log }: DocumentScope): string {
  log.add({ kind: "file", file: path }, { base: base?.text, upstream: upstream?.text, local: local?.text });
  return local?.text ?? upstream?.text ?? "";
}
