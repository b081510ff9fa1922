import type { OffsetProblem } from "../validation/text-position.ts";
import { readChecked } from "../validation/yaml/read-checked.ts";
import { recordOriginals } from "./originals.ts";
import type { EditableDocument } from "./print-document.ts";

/** A file whose documents can be changed, removed and added to. */
export interface YamlFile {
  readonly text: string;
  readonly documents: readonly EditableDocument[];
}

/** Reads a file as Kubernetes does. Never throws. */
export function readYamlFile(text: string): YamlFile | { readonly problems: readonly OffsetProblem[] } {
  const read = readChecked(text, { keepSourceTokens: true });
  if ("problems" in read) return read;
  const starts = read.documents.map(({ range }, at) => (at === 0 ? 0 : range[0]));
  return {
    text,
    documents: read.documents.map((document, at) => ({
      document,
      originals: recordOriginals(document),
      start: starts[at] ?? 0,
      end: starts[at + 1] ?? text.length,
    })),
  };
}
