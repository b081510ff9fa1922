import type { CST } from "yaml";
import { notPlain } from "./not-plain.ts";

export type Collection = CST.BlockMap | CST.BlockSequence;
export type Item = { start: CST.SourceToken[]; key?: CST.Token | null; sep?: CST.SourceToken[]; value?: CST.Token };

/** Documents and open collections, put together as the library's parser does. */
export class TokenTree {
  readonly tokens: CST.Token[] = [];
  readonly #maxDepth: number;
  /** The innermost last. */
  readonly #open: Collection[] = [];
  #document: CST.Document | undefined;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  /** The innermost collection that is open. */
  get top(): Collection | undefined {
    return this.#open[this.#open.length - 1];
  }

  /** Levels that a value may still nest. */
  get room(): number {
    // The library counts the document and the value, too.
    return this.#maxDepth - this.#open.length - 2;
  }

  get hasDocument(): boolean {
    return this.#document !== undefined;
  }

  startDocument(offset: number): CST.Document {
    const last = this.top?.type === "block-map" ? lastOf(this.top) : undefined;
    // Here the library loses tokens.
    if (last?.value === undefined && last?.sep !== undefined && splitSep(last.sep, 0).length > 0) notPlain();
    this.endDocument();
    this.#document = { type: "document", offset, start: [] };
    return this.#document;
  }

  endDocument(): void {
    if (this.#document === undefined) return;
    while (this.#open.length > 0) this.#close();
    this.tokens.push(this.#document);
    this.#document = undefined;
  }

  /** Opens a collection as the value of the innermost one, or as the root of the document. */
  push(collection: Collection): void {
    if (this.room < 1) notPlain();
    this.#open.push(collection);
  }

  /** Leaves the text to the library if a line that begins a collection is an error. */
  requireRoomForValue(): void {
    const { top } = this;
    if (top === undefined) {
      if (this.#document?.value !== undefined) notPlain();
      return;
    }
    const { sep, value } = lastOf(top);
    if (sep === undefined || value !== undefined) notPlain();
  }

  /** Closes the collections that a line is no part of. */
  closeDeeper(indent: number, isListItem: boolean): void {
    for (let { top } = this; top !== undefined; { top } = this) {
      const isPart = indent > top.indent || (indent === top.indent && (isListItem || top.type === "block-map"));
      if (isPart) return;
      this.#close();
    }
  }

  /** Adds a comment, a line break, or the white space at the beginning of a line. */
  addLead(token: CST.SourceToken): void {
    const { top } = this;
    if (top === undefined) {
      if (this.#document === undefined) this.tokens.push(token);
      else if (this.#document.value === undefined) this.#document.start.push(token);
      else notPlain();
      return;
    }
    const item = lastOf(top);
    if (item.value !== undefined) {
      const end = endTokensOf(item.value);
      if (token.type === "newline" && end?.at(-1)?.type === "comment") end.push(token);
      else addItem(top, { start: [token] });
    } else if (item.sep !== undefined) item.sep.push(token);
    else if (!joinsBefore(token, top, item)) item.start.push(token);
  }

  #close(): void {
    const closed = this.#open.pop();
    if (closed === undefined || this.#document === undefined) return;
    const { top } = this;
    if (top === undefined) this.#document.value = closed;
    else lastOf(top).value = closed;
    const last = lastOf(closed);
    if (last.sep !== undefined || last.value !== undefined || !last.start.every(isLead)) return;
    // Comments that are indented less are not a part of the collection.
    if (closed.indent > 0 && last.start.some((one) => one.type === "comment" && one.indent >= closed.indent)) return;
    closed.items.pop();
    if (top === undefined) this.#document.end = last.start;
    else addItem(top, { start: last.start });
  }
}

/** A comment that is indented more than a collection belongs to the value before it. */
function joinsBefore(token: CST.SourceToken, top: Collection, { start }: Item): boolean {
  if (token.type !== "comment" || token.indent <= top.indent) return false;
  const before: Item | undefined = top.items.at(-2);
  const end = before?.value === undefined ? undefined : endTokensOf(before.value);
  if (end === undefined || start.findLast(({ type }) => type !== "newline" && type !== "space") !== undefined)
    return false;
  for (const one of start) end.push(one);
  end.push(token);
  top.items.pop();
  return true;
}

export function lastOf({ items }: Collection): Item {
  return items[items.length - 1] as Item;
}

export function addItem({ items }: Collection, item: Item): Item {
  items.push(item as never);
  return item;
}

function endTokensOf(value: CST.Token): CST.SourceToken[] | undefined {
  return "end" in value ? value.end : undefined;
}

/** True for what may be between values. */
export function isLead({ type }: CST.SourceToken): boolean {
  return type === "space" || type === "newline" || type === "comment";
}

/**
 * Takes the tokens from the second line break on from those between a key without a value and the next key: the library
 * puts them before that one.
 */
export function splitSep(sep: CST.SourceToken[], indent: number): CST.SourceToken[] {
  const breaks: number[] = [];
  for (const [at, token] of sep.entries()) {
    if (token.type === "newline") breaks.push(at);
    else if (token.type === "comment") {
      if (token.indent > indent) breaks.length = 0;
    } else if (token.type !== "space") breaks.length = 0;
  }
  const second = breaks[1];
  return second === undefined ? [] : sep.splice(second);
}
