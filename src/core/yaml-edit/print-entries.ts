import { type CST, isMap, type Node, YAMLMap } from "yaml";
import { parseBlocks } from "../validation/yaml/block-parser/parse-blocks.ts";
import { MAX_DEPTH } from "../validation/yaml/read-checked.ts";
import { composePlain } from "../validation/yaml/read-documents.ts";
import { checkSemantics } from "../validation/yaml/semantic-checks.ts";
import { trySplices } from "./edit-text.ts";
import { findDifference } from "./same-node.ts";
import { type Splice, spliceText } from "./splice.ts";
import { styleOf } from "./style.ts";
import type { EditableDocument } from "./yaml-file.ts";

/** May be an anchor or an alias, which entries may share. */
const MAYBE_ANCHOR = /[\s[{,][&*][^\s*]/;

/**
 * The text of a document in which entries of its root have changed. Only these are composed, edited, and composed again
 * to compare them: in block style, an entry of the root means the same whatever the others are. Undefined if it is not
 * as simple as that.
 * @param changed their indexes
 */
export function printEntries(
  text: string,
  { document, start: offset }: Pick<EditableDocument, "document" | "start">,
  changed: readonly number[],
): string | undefined {
  const root: unknown = document.contents;
  const before = rootOf(text);
  if (!isMap(root) || before === undefined) return undefined;
  if (!before.items.every(({ key }, at) => isAt(root.items[at]?.key, (key?.offset ?? 0) + offset))) return undefined;
  const style = styleOf(text, before);
  const splices: Splice[] = [];
  for (const at of changed) {
    const read = composeEntries(before, [at], true);
    const wanted = holderOf(root, [at], before.offset + offset);
    if (read === undefined || !hasSameKeys(read, wanted) || MAYBE_ANCHOR.test(entryText(text, before, at)))
      return undefined;
    const found = trySplices({ text, offset, root: read, style }, wanted);
    if (found === undefined) return undefined;
    splices.push(...found);
  }
  const result = spliceText(text, 0, text.length, splices);
  return isWritten(result, holderOf(root, changed, 0), changed, { text, root: before }) ? result : undefined;
}

/** The root of a text that is one document in block style, with a mapping at its left margin. */
function rootOf(text: string): CST.BlockMap | undefined {
  const documents = parseBlocks(text, MAX_DEPTH)?.filter(({ type }) => type === "document") ?? [];
  const [document] = documents as readonly CST.Document[];
  const root = documents.length === 1 ? document?.value : undefined;
  return root?.type === "block-map" && root.indent === 0 ? root : undefined;
}

function isAt(key: unknown, offset: number): boolean {
  return (key as Node | undefined)?.range?.[0] === offset;
}

/** A mapping of these entries alone; undefined if Kubernetes could not read it. */
function composeEntries(root: CST.BlockMap, entries: readonly number[], keepTokens: boolean): YAMLMap | undefined {
  const items = entries.flatMap((at) => root.items[at] ?? []);
  const value: CST.BlockMap = { ...root, items };
  const contents = composePlain([{ type: "document", offset: 0, start: [], value }], keepTokens)?.[0]?.contents;
  return isMap(contents) && checkSemantics([contents]).length === 0 ? contents : undefined;
}

function holderOf(root: YAMLMap, entries: readonly number[], start: number): YAMLMap {
  const holder = new YAMLMap();
  holder.items = entries.flatMap((at) => root.items[at] ?? []);
  holder.range = [start, start, start];
  return holder;
}

/** A new key may be that of another entry. */
function hasSameKeys(a: YAMLMap, b: YAMLMap): boolean {
  return a.items.every(({ key }, at) => findDifference(key, b.items[at]?.key) === undefined);
}

/** True if the changed entries are written as they are wanted, each in its place, and the others are what they were. */
function isWritten(
  result: string,
  wanted: YAMLMap,
  changed: readonly number[],
  before: { readonly text: string; readonly root: CST.BlockMap },
): boolean {
  const root = rootOf(result);
  if (root === undefined || root.items.length !== before.root.items.length) return false;
  const isChanged = new Set(changed);
  const isKept = root.items.every((_, at) => {
    const text = entryText(result, root, at);
    return isChanged.has(at) ? !MAYBE_ANCHOR.test(text) : text === entryText(before.text, before.root, at);
  });
  const written = isKept ? composeEntries(root, changed, false) : undefined;
  return written !== undefined && findDifference(wanted, written) === undefined;
}

function entryText(text: string, { items }: CST.BlockMap, at: number): string {
  return text.slice(items[at]?.key?.offset, items[at + 1]?.key?.offset);
}
