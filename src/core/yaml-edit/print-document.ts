import { isCollection, type Node } from "yaml";
import { readChecked } from "../validation/yaml/read-checked.ts";
import { blockEdits } from "./block-edits.ts";
import { flowEdits } from "./flow-edits.ts";
import { alignOriginals } from "./originals.ts";
import { keepsItsText, type Printer, Unprintable } from "./printer.ts";
import { findDifference } from "./same-node.ts";
import { type Splice, spliceText } from "./splice.ts";
import { printDocument } from "./stringify-node.ts";
import { type Style, styleOf } from "./style.ts";
import { type EditableDocument, hasChanged } from "./yaml-file.ts";

/** Attempts to print a document with less and less of its text; then it is printed anew. */
const MAX_ATTEMPTS = 20;

/** Thrown for a document that cannot be written as YAML. */
export class NotWritable extends Error {}

/**
 * The text of a document after its changes: what did not change keeps its bytes. The result has been read again, and is
 * what the functions wanted.
 * @param file the text that the document was read from
 */
export function printChanges(file: string, edited: EditableDocument): string {
  const text = file.slice(edited.start, edited.end);
  if (!hasChanged(edited)) return text;
  const wanted: Node | null = edited.document.contents;
  // With the tokens of the text, which would take twice the memory of the nodes if all documents had them.
  const read = readRoot(text, true);
  const style = styleOf(text, read);
  const originals = alignOriginals(wanted, read, edited.start);
  const whole = new Set<Node>();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const printed = tryPrint(wanted, { text, originals, style, whole });
    if (printed instanceof Unprintable) {
      if (whole.has(printed.node)) break;
      whole.add(printed.node);
      continue;
    }
    const around = findUnwanted(printed, wanted);
    if (around === undefined) return printed;
    const next = around.findLast((node) => originals.has(node) && !whole.has(node));
    if (next === undefined) break;
    whole.add(next);
  }
  return printAnew(text, read, wanted, style);
}

/** Undefined if the text is not one document. */
function readRoot(text: string, keepSourceTokens: boolean): Node | null | undefined {
  const read = readChecked(text, { keepSourceTokens });
  return "documents" in read && read.documents.length === 1 ? read.documents[0]?.contents : undefined;
}

function tryPrint(root: Node | null, printer: Printer): string | Unprintable {
  try {
    return spliceText(printer.text, 0, printer.text.length, rootEdits(root, printer));
  } catch (error) {
    if (error instanceof Unprintable) return error;
    throw error;
  }
}

function rootEdits(root: Node | null, printer: Printer): readonly Splice[] {
  if (!isCollection(root) || !keepsItsText(root, printer)) throw new Unprintable(root as unknown as Node);
  return root.flow === true ? flowEdits(root, printer) : blockEdits(root, printer);
}

/** The document as a whole; comments before and after it stay. */
function printAnew(text: string, read: Node | null | undefined, wanted: Node | null, style: Style): string {
  const printed = wanted === null ? "" : printDocument(wanted, style);
  const range = read?.range;
  const lead = range ? text.slice(0, range[0]) : "";
  const tail = range ? text.slice(range[2]) : "";
  const result = (lead === "" || lead.endsWith("\n") ? lead : `${lead.trimEnd()}${style.lineBreak}`) + printed + tail;
  if (findUnwanted(result, wanted) !== undefined) throw new NotWritable("cannot be written as YAML");
  return result;
}

/** Undefined if the text has this document and no other; else the collections around what differs. */
function findUnwanted(text: string, wanted: Node | null): readonly Node[] | undefined {
  const root = readRoot(text, false);
  if (root === undefined) return wanted === null ? [] : [wanted];
  return findDifference(wanted, root);
}
