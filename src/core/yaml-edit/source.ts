import { CST } from "yaml";
import type { Collection } from "./collection.ts";

type Item = CST.BlockMap["items"][number] | CST.BlockSequence["items"][number];

/** An item of a block collection in its text: comments and indentation before it, and itself with its line breaks. */
export interface Chunk {
  readonly token: Item;
  readonly leadStart: number;
  readonly start: number;
  /** Where the next item's lead begins. */
  readonly end: number;
}

/** The chunks of a block collection, one for each of its items; undefined if the tokens do not match the items. */
export function chunksOf(node: Collection, itemCount: number): readonly Chunk[] | undefined {
  const token = node.srcToken;
  if (token?.type !== "block-map" && token?.type !== "block-seq") return undefined;
  const items: readonly Item[] = token.items;
  const collectionEnd = node.range?.[2];
  if (collectionEnd === undefined) return undefined;
  const starts = items.map((item) => startOf(item));
  const chunks = items.flatMap((item, at) => {
    const [leadStart, end] = [starts[at], at + 1 < items.length ? starts[at + 1] : collectionEnd];
    const start = contentStartOf(item);
    return start === undefined || leadStart === undefined || end === undefined
      ? []
      : [{ token: item, leadStart, start, end }];
  });
  return chunks.length === itemCount ? chunks : undefined;
}

function startOf({ start, key, sep, value }: Item): number | undefined {
  return start[0]?.offset ?? key?.offset ?? sep?.[0]?.offset ?? value?.offset;
}

/** Undefined for comments after the last item, which are an item without content for the parser. */
function contentStartOf({ start, key, sep, value }: Item): number | undefined {
  const first = start.find(({ type }) => type !== "space" && type !== "newline" && type !== "comment");
  return first?.offset ?? key?.offset ?? sep?.[0]?.offset ?? value?.offset;
}

/** The sign after which the value of an item begins: `:` or `-`. */
export function signOf({ start, sep }: Item): CST.SourceToken | undefined {
  return (
    sep?.find(({ type }) => type === "map-value-ind") ??
    (sep === undefined ? start.find(({ type }) => type === "seq-item-ind") : undefined)
  );
}

/** The tokens between the sign of an item and its value. */
export function afterSign({ start, sep }: Item, sign: CST.SourceToken): readonly CST.SourceToken[] {
  const tokens = sep ?? start;
  return tokens.slice(tokens.indexOf(sign) + 1);
}

/** The tokens after a value on its line. */
export function endTokensOf(token: CST.Token | null | undefined): readonly CST.SourceToken[] {
  if (token === null || token === undefined) return [];
  if (token.type === "flow-collection") return token.end.slice(1);
  return CST.isScalar(token) && token.type !== "block-scalar" ? (token.end ?? []) : [];
}

export function isBlockToken(token: CST.Token | null | undefined): boolean {
  return token?.type === "block-map" || token?.type === "block-seq" || token?.type === "block-scalar";
}
