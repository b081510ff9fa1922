import { type Document, isCollection, type Node } from "yaml";
import { readChecked } from "../validation/yaml/read-checked.ts";
import { blockEdits } from "./block-edits.ts";
import { flowEdits } from "./flow-edits.ts";
import { isUnchanged, type Originals } from "./originals.ts";
import { keepsItsText, type Printer, Unprintable } from "./printer.ts";
import { findDifference } from "./same-node.ts";
import { type Splice, spliceText } from "./splice.ts";
import { printDocument } from "./stringify-node.ts";
import { styleOf } from "./style.ts";

/** A document of a file, which functions may change. */
export interface EditableDocument {
  readonly document: Document.Parsed;
  readonly originals: Originals;
  /** Its part of the file's text, with the markers before it. */
  readonly start: number;
  readonly end: number;
}

/** Attempts to print a document with less and less of its text; then it is printed anew. */
const MAX_ATTEMPTS = 20;

/** Thrown for a document that cannot be written as YAML. */
export class NotWritable extends Error {}

/**
 * The text of a document after its changes: what did not change keeps its bytes. The result has been read again, and is
 * what the functions wanted.
 */
export function printChanges(text: string, edited: EditableDocument): string {
  const { document, originals, start, end } = edited;
  if (isUnchanged(document.contents, originals)) return text.slice(start, end);
  const style = styleOf(text, document);
  const whole = new Set<Node>();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const printed = tryPrint(text, edited, { text, originals, style, whole });
    if (printed instanceof Unprintable) {
      if (whole.has(printed.node)) break;
      whole.add(printed.node);
      continue;
    }
    const around = readBack(printed, document.contents);
    if (around === undefined) return printed;
    const next = around.findLast((node) => originals.has(node) && !whole.has(node));
    if (next === undefined) break;
    whole.add(next);
  }
  return printAnew(text, edited);
}

function tryPrint(text: string, { document, start, end }: EditableDocument, printer: Printer): string | Unprintable {
  try {
    return spliceText(text, start, end, rootEdits(document, printer));
  } catch (error) {
    if (error instanceof Unprintable) return error;
    throw error;
  }
}

function rootEdits({ contents }: Document.Parsed, printer: Printer): readonly Splice[] {
  const root: Node | null = contents;
  if (!isCollection(root) || !printer.originals.has(root)) throw new Unprintable(root as unknown as Node);
  if (!keepsItsText(root, printer)) throw new Unprintable(root);
  return root.flow === true ? flowEdits(root, printer) : blockEdits(root, printer);
}

/** The document as a whole; comments before it stay. */
function printAnew(text: string, { document, originals, start, end }: EditableDocument): string {
  const style = styleOf(text, document);
  const contents: Node | null = document.contents;
  const from = document.range[0];
  const printed = contents === null ? "" : printDocument(contents, style);
  const hasRoot = contents !== null && originals.has(contents) && contents.range;
  const lead = hasRoot ? text.slice(start, contents.range?.[0]) : text.slice(start, from);
  const tail = hasRoot ? text.slice(contents.range?.[2], end) : "";
  const result = (lead === "" || lead.endsWith("\n") ? lead : `${lead.trimEnd()}${style.lineBreak}`) + printed + tail;
  if (readBack(result, contents) !== undefined) throw new NotWritable("cannot be written as YAML");
  return result;
}

/** Undefined if the text has this document and no other; else the collections around what differs. */
function readBack(text: string, wanted: Node | null): readonly Node[] | undefined {
  const read = readChecked(text);
  if ("problems" in read || read.documents.length !== 1) return wanted === null ? [] : [wanted];
  return findDifference(wanted, read.documents[0]?.contents);
}
