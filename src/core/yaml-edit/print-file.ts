import type { Node } from "yaml";
import { readChecked } from "../validation/yaml/read-checked.ts";
import { printChanges } from "./print-document.ts";
import { printDocument } from "./stringify-node.ts";
import { type Style, styleOf } from "./style.ts";
import type { EditableDocument, YamlFile } from "./yaml-file.ts";

/** A document of the file to be written: one that was read from it, a new one, or the text of one of another file. */
export type WrittenDocument = EditableDocument | { readonly contents: Node } | { readonly source: string };

const NEW_FILE: YamlFile = { text: "", documents: [] };

/**
 * The text of a file with these documents, in this order. Documents without contents stay where they are in the file,
 * whether they are given or not: they are comments.
 */
export function printFile(file: YamlFile | undefined, wanted: readonly WrittenDocument[]): string {
  const { text, documents } = file ?? NEW_FILE;
  const first = documents[0];
  const model = text === "" && wanted[0] !== undefined && "source" in wanted[0] ? wanted[0].source : text;
  const style = wanted.some((one) => "contents" in one) ? fileStyle(model) : styleOf(model, null);
  const separator = `---${style.lineBreak}`;
  const place = new Map<WrittenDocument, number>(documents.map((one, at) => [one, at] as const));
  const parts: string[] = [];
  const add = (part: string) => {
    const before = parts.at(-1);
    if (before !== undefined && before !== "" && !before.endsWith("\n")) parts.push(style.lineBreak);
    parts.push(parts.length > 0 && !startsDocument(part) ? separator + part : part);
  };
  for (const one of wanted) {
    if ("contents" in one) add(printDocument(one.contents, style));
    else if ("source" in one) add(adapt(one.source, text, parts.length === 0, style));
    else {
      const part = printChanges(text, one);
      // The first document of a file needs no marker.
      add(parts.length === 0 && place.get(one) !== 0 && first?.start === 0 ? withoutMarker(part, text) : part);
    }
  }
  return parts.join("");
}

/** The text of a document of another file: with the line breaks of this one. */
function adapt(source: string, text: string, isFirst: boolean, { lineBreak }: Style): string {
  const part = source.replace(/^\uFEFF/, "").replaceAll(/\r?\n/g, lineBreak);
  return isFirst ? withoutMarker(part, text) : part;
}

/** The style of the first document: new ones follow it. */
function fileStyle(text: string): Style {
  const read = readChecked(text, { keepSourceTokens: true });
  return styleOf(text, "documents" in read ? read.documents[0]?.contents?.srcToken : undefined);
}

function startsDocument(part: string): boolean {
  return /^(?:(?:#[^\n]*|[ \t\r]*)\n|%[^\n]*\n)*---(?:[ \t\r\n]|$)/.test(part);
}

/** A file that began without a marker does so still. */
function withoutMarker(part: string, text: string): string {
  return startsDocument(text) ? part : part.replace(/^---[ \t]*\r?\n/, "");
}
