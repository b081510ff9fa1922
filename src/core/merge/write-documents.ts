import { withEmptyDocuments } from "../render/write-files.ts";
import { NotWritable, printChanges } from "../yaml-edit/print-document.ts";
import { printFile, type WrittenDocument } from "../yaml-edit/print-file.ts";
import { hasChanged, readYamlFile, type YamlFile } from "../yaml-edit/yaml-file.ts";
import type { MergedDocument } from "./merge-document.ts";
import { interleave } from "./order.ts";
import { isEmpty, type SideDocument, textOf } from "./package-side.ts";
import type { Three } from "./three.ts";

/** A file on the three sides. */
export interface FileSides {
  readonly texts: Three<YamlFile | undefined>;
  readonly documents: Readonly<Record<"upstream" | "local", readonly SideDocument[]>>;
}

/** The text of a file with these documents. Undefined if it cannot be written so that it can be read again. */
export function writeDocuments(
  path: string,
  merged: readonly MergedDocument[],
  { texts: { base, upstream, local }, documents }: FileSides,
): string | undefined {
  if (local !== undefined && isWhole(path, merged, "local", documents.local)) return local.text;
  const isUntouched = local === undefined || local.text === base?.text;
  if (upstream !== undefined && isUntouched && isWhole(path, merged, "upstream", documents.upstream)) {
    return upstream.text;
  }
  try {
    return assemble(path, inOrder(path, merged), local);
  } catch (error) {
    if (!(error instanceof NotWritable)) throw error;
    return undefined;
  }
}

/** True if the documents are those that one side has in the file, as it has written them, and no other. */
function isWhole(
  path: string,
  merged: readonly MergedDocument[],
  side: "upstream" | "local",
  documents: readonly SideDocument[],
): boolean {
  return (
    merged.length === documents.length &&
    merged.every(({ tuple: { [side]: own }, from }) => {
      return own?.path === path && textOf(own) === textOf(from) && !hasChanged(from.document);
    })
  );
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
  const order = interleave(mine, mine, orderOn("upstream"));
  return [...order, ...new Set(keys.keys()).difference(new Set(order))].flatMap((key) => keys.get(key) ?? []);
}

function assemble(path: string, merged: readonly MergedDocument[], local: YamlFile | undefined): string | undefined {
  const documents = merged.map((one) => writtenDocument(path, one, local));
  const places = new Map<WrittenDocument, WrittenDocument>();
  for (const [at, { tuple }] of merged.entries()) {
    const document = documents[at];
    if (tuple.local?.path === path && document !== undefined) places.set(tuple.local.document, document);
  }
  const all = withEmptyDocuments(local?.documents ?? [], documents, (one) => places.get(one) ?? one);
  const text = printFile(local, all);
  // What is printed from one file has been read again; a part of another one may not fit.
  return documents.some((one) => "source" in one) && !isReadable(text, documents.length) ? undefined : text;
}

function writtenDocument(path: string, { from, tuple }: MergedDocument, local: YamlFile | undefined): WrittenDocument {
  if (from === tuple.local && from.path === path && local !== undefined) return from.document;
  return { source: from === tuple.local ? printChanges(from.file.text, from.document) : textOf(from) };
}

function isReadable(text: string, documents: number): boolean {
  const read = readYamlFile(text);
  return !("problems" in read) && read.documents.filter((one) => !isEmpty(one)).length === documents;
}
