import type { Document } from "yaml";
import type { OffsetProblem } from "../validation/text-position.ts";
import { readChecked } from "../validation/yaml/read-checked.ts";
import { changedItems, type Fingerprint, fingerprint } from "./fingerprint.ts";

/** A document of a file, which functions may change. */
export interface EditableDocument {
  readonly document: Document.Parsed;
  /** What it was when it was read. */
  readonly fingerprint: Fingerprint;
  /** Its part of the file's text, with the markers before it. */
  readonly start: number;
  readonly end: number;
}

/** A file whose documents can be changed, removed and added to. */
export interface YamlFile {
  readonly text: string;
  readonly documents: readonly EditableDocument[];
}

/** Reads a file as Kubernetes does. Never throws. */
export function readYamlFile(text: string): YamlFile | { readonly problems: readonly OffsetProblem[] } {
  const read = readChecked(text);
  if ("problems" in read) return read;
  const starts = read.documents.map(({ range }, at) => (at === 0 ? 0 : range[0]));
  return {
    text,
    documents: read.documents.map((document, at) => ({
      document,
      fingerprint: fingerprint(document.contents),
      start: starts[at] ?? 0,
      end: starts[at + 1] ?? text.length,
    })),
  };
}

/** True if the nodes of a document are no longer those that were read. */
export function hasChanged({ document, fingerprint: before }: EditableDocument): boolean {
  return changedItems(document.contents, before)?.length !== 0;
}
