import { withEmptyDocuments } from "../render/write-files.ts";
import { NotWritable, printChanges } from "../yaml-edit/print-document.ts";
import { printFile, type WrittenDocument } from "../yaml-edit/print-file.ts";
import { hasChanged, readYamlFile, type YamlFile } from "../yaml-edit/yaml-file.ts";
import { type BasePath, matchDocuments } from "./match.ts";
import { type DocumentScope, type MergedDocument, mergeDocument } from "./merge-document.ts";
import { insertInOrder } from "./order.ts";
import { isEmpty, type PackageSide, textOf } from "./package-side.ts";
import type { Three } from "./three.ts";

/**
 * Merges the documents of YAML files, each in the file that it belongs to. Returns the texts of the files; undefined if
 * documents that are no objects would come into one file from several ones.
 * @param basePath the path in the base of a file that a side has moved
 */
export function mergeDocuments(
  sides: Three<PackageSide>,
  basePath: { readonly upstream: BasePath; readonly local: BasePath },
  scope: DocumentScope,
): ReadonlyMap<string, string> | undefined {
  const documents = { base: sides.base.documents, upstream: sides.upstream.documents, local: sides.local.documents };
  const merged = matchDocuments(documents, basePath).flatMap((tuple) => mergeDocument(tuple, scope) ?? []);
  const files = Map.groupBy(merged, ({ path }) => path);
  if (!scope.keepsLocations && files.values().some(isMixed)) return undefined;
  return new Map(
    [...files].map(([path, ones]) => [path, write(path, isMixed(ones) ? unmixed(ones, scope) : ones, sides, scope)]),
  );
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

function write(
  path: string,
  merged: readonly MergedDocument[],
  sides: Three<PackageSide>,
  scope: DocumentScope,
): string {
  const [base, upstream, local] = [
    sides.base.yaml.get(path),
    sides.upstream.yaml.get(path),
    sides.local.yaml.get(path),
  ];
  if (
    local !== undefined &&
    isWhole(path, merged, "local", sides) &&
    !merged.some(({ from }) => hasChanged(from.document))
  ) {
    return local.text;
  }
  const isUntouched = local === undefined || local.text === base?.text;
  if (upstream !== undefined && isUntouched && isWhole(path, merged, "upstream", sides)) return upstream.text;
  const ordered = inOrder(path, merged);
  try {
    const documents = ordered.map((one) => writtenDocument(path, one, local));
    const places = new Map<WrittenDocument, WrittenDocument>(
      ordered.flatMap(({ tuple }, at) => {
        const document = documents[at];
        return tuple.local?.path === path && document !== undefined ? [[tuple.local.document, document]] : [];
      }),
    );
    const inPlaceOf = (document: WrittenDocument) => places.get(document) ?? document;
    const text = printFile(local, withEmptyDocuments(local?.documents ?? [], documents, inPlaceOf));
    if (isReadable(text, ordered.length)) return text;
  } catch (error) {
    if (!(error instanceof NotWritable)) throw error;
  }
  const values = { base: base?.text, upstream: upstream?.text, local: local?.text };
  scope.log.add({ kind: "file", file: path }, values);
  return local?.text ?? upstream?.text ?? "";
}

/** True if the documents are those of the file on one side, all of them and no other. */
function isWhole(
  path: string,
  merged: readonly MergedDocument[],
  side: "upstream" | "local",
  sides: Three<PackageSide>,
): boolean {
  const all = sides[side].documents.filter((one) => one.path === path);
  const found = new Set(merged.map(({ from }) => from));
  return merged.length === all.length && all.every((one) => found.has(one));
}

/** The local order; new documents come where upstream has them. */
function inOrder(path: string, merged: readonly MergedDocument[]): readonly MergedDocument[] {
  const keys = new Map<string, MergedDocument>(merged.map((one, at) => [`${at}`, one]));
  const orderOn = (side: "upstream" | "local") =>
    [...keys]
      .filter(([, { tuple }]) => tuple[side]?.path === path)
      .sort(([, a], [, b]) => (a.tuple[side]?.index ?? 0) - (b.tuple[side]?.index ?? 0))
      .map(([key]) => key);
  const mine = orderOn("local");
  const added = new Set([...keys.keys()].filter((key) => !mine.includes(key)));
  const order = insertInOrder(mine, added, orderOn("upstream"));
  const rest = [...added].filter((key) => !order.includes(key));
  return [...order, ...rest].flatMap((key) => keys.get(key) ?? []);
}

function writtenDocument(path: string, { from, tuple }: MergedDocument, local: YamlFile | undefined): WrittenDocument {
  if (from === tuple.local && from.path === path && local !== undefined) return from.document;
  return { source: from === tuple.local ? printChanges(from.file.text, from.document) : textOf(from) };
}

function isReadable(text: string, documents: number): boolean {
  const read = readYamlFile(text);
  return !("problems" in read) && read.documents.filter((one) => !isEmpty(one)).length === documents;
}
