import { isCollection, type Node } from "yaml";
import { readChecked } from "../validation/yaml/read-checked.ts";
import { blockEdits } from "./block-edits.ts";
import { flowEdits } from "./flow-edits.ts";
import { alignOriginals } from "./originals.ts";
import { keepsItsText, type Printer, Unprintable } from "./printer.ts";
import { findDifference } from "./same-node.ts";
import { type Splice, spliceText } from "./splice.ts";
import type { Style } from "./style.ts";

/** Attempts to print a document with less and less of its text. */
const MAX_ATTEMPTS = 20;

/** A document as it was. */
export interface SourceText {
  readonly text: string;
  /** Where the text begins in the file that the changed document was read from. */
  readonly offset: number;
  /** Read from the text, with its tokens. */
  readonly root: Node | null | undefined;
  readonly style: Style;
}

/**
 * The text of a document after its changes: what did not change keeps its bytes. The result has been read again, and is
 * what is wanted. Undefined if the document has to be printed anew.
 */
export function editText(source: SourceText, wanted: Node | null): string | undefined {
  const printer = printerOf(source, wanted);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const splices = findSplices(wanted, printer);
    if (splices === undefined) return undefined;
    const printed = spliceText(source.text, 0, source.text.length, splices);
    const around = findUnwanted(printed, wanted);
    if (around === undefined) return printed;
    const next = around.findLast((node) => printer.originals.has(node) && !printer.whole.has(node));
    if (next === undefined) return undefined;
    printer.whole.add(next);
  }
  return undefined;
}

/** The splices of a document; they have to be tried. Undefined if it has to be printed anew. */
export function trySplices(source: SourceText, wanted: Node | null): readonly Splice[] | undefined {
  return findSplices(wanted, printerOf(source, wanted));
}

type GrowingPrinter = Printer & { readonly whole: Set<Node> };

function printerOf({ text, offset, root, style }: SourceText, wanted: Node | null): GrowingPrinter {
  return { text, style, originals: alignOriginals(wanted, root, offset), whole: new Set() };
}

function findSplices(root: Node | null, printer: GrowingPrinter): readonly Splice[] | undefined {
  for (;;) {
    try {
      return rootEdits(root, printer);
    } catch (error) {
      if (!(error instanceof Unprintable)) throw error;
      if (printer.whole.has(error.node) || printer.whole.size >= MAX_ATTEMPTS) return undefined;
      printer.whole.add(error.node);
    }
  }
}

function rootEdits(root: Node | null, printer: Printer): readonly Splice[] {
  if (!isCollection(root) || !keepsItsText(root, printer)) throw new Unprintable(root as unknown as Node);
  return root.flow === true ? flowEdits(root, printer) : blockEdits(root, printer);
}

/** Reads a document, with its tokens for those who edit it. Undefined if the text is not one document. */
export function readRoot(text: string, keepSourceTokens: boolean): Node | null | undefined {
  const read = readChecked(text, { keepSourceTokens });
  return "documents" in read && read.documents.length === 1 ? read.documents[0]?.contents : undefined;
}

/** Undefined if the text has this document and no other; else the collections around what differs. */
export function findUnwanted(text: string, wanted: Node | null): readonly Node[] | undefined {
  const root = readRoot(text, false);
  if (root === undefined) return wanted === null ? [] : [wanted];
  return findDifference(wanted, root);
}
