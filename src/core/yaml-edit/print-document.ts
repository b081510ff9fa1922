import type { Node } from "yaml";
import { editText, findUnwanted, readRoot } from "./edit-text.ts";
import { changedItems } from "./fingerprint.ts";
import { printEntries } from "./print-entries.ts";
import { printDocument } from "./stringify-node.ts";
import { type Style, styleOf } from "./style.ts";
import type { EditableDocument } from "./yaml-file.ts";

/** Thrown for a document that cannot be written as YAML. */
export class NotWritable extends Error {}

/**
 * The text of a document after its changes: what did not change keeps its bytes. What did has been read again, and is
 * what the functions wanted.
 * @param file the text that the document was read from
 */
export function printChanges(file: string, edited: EditableDocument): string {
  const text = file.slice(edited.start, edited.end);
  const changed = changedItems(edited.document.contents, edited.fingerprint);
  if (changed?.length === 0) return text;
  return (changed && printEntries(text, edited, changed)) ?? printWhole(text, edited);
}

/** The same, for any change. */
export function printWhole(text: string, { document, start }: EditableDocument): string {
  const wanted: Node | null = document.contents;
  // With the tokens of the text, which would take twice the memory of the nodes if all documents had them.
  const root = readRoot(text, true);
  const style = styleOf(text, root?.srcToken);
  return editText({ text, offset: start, root, style }, wanted) ?? printAnew(text, root, wanted, style);
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
