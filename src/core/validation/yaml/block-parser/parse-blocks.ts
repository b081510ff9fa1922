import type { CST } from "yaml";
import { CODE, isBlank, isLineEnd, skipSpaces } from "./characters.ts";
import { readFlowLine } from "./flow.ts";
import { NotPlain, notPlain } from "./not-plain.ts";
import { blockScalarEnd, findColon, scalarEnd, wordEnd } from "./scalars.ts";
import { addItem, type Item, lastOf, splitSep, TokenTree } from "./token-tree.ts";

/** Line breaks other than `\n`, and marks at the beginning of a file. */
const UNUSUAL = /[\r\u0085\u2028\u2029\uFEFF]/;
/** What a value may begin with, but no key. */
const NO_KEY_START: ReadonlySet<number> = new Set([CODE.BRACKET, CODE.BRACE, CODE.PIPE, CODE.GREATER, CODE.ASTERISK]);
const SCALAR_TYPES: ReadonlyMap<number, CST.FlowScalar["type"]> = new Map([
  [CODE.QUOTE, "double-quoted-scalar"],
  [CODE.APOSTROPHE, "single-quoted-scalar"],
  [CODE.ASTERISK, "alias"],
]);
const HEADER = /[|>][-+]?/y;

/**
 * The tokens that the library's parser makes of a text in block style, as nearly all files of Kubernetes are; twenty
 * times faster. Undefined for any other text: one with tags, directives, explicit keys, brackets over several lines,
 * syntax errors, or more than `maxDepth` levels.
 */
export function parseBlocks(text: string, maxDepth: number): readonly CST.Token[] | undefined {
  if (UNUSUAL.test(text)) return undefined;
  try {
    return new BlockParser(text, maxDepth).parse();
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

class BlockParser {
  readonly #text: string;
  readonly #tree: TokenTree;
  #at = 0;
  /** That of the tokens of this line: the columns before its key or value, list signs included. */
  #indent = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#tree = new TokenTree(maxDepth);
  }

  parse(): readonly CST.Token[] {
    while (this.#at < this.#text.length) this.#line();
    this.#tree.endDocument();
    return this.#tree.tokens;
  }

  #line(): void {
    const start = this.#at;
    const at = skipSpaces(this.#text, start);
    const code = this.#text.charCodeAt(at);
    this.#indent = 0;
    if (this.#text.startsWith("...", start)) notPlain();
    if (code === CODE.DASH && this.#text.startsWith("---", start) && isBlank(this.#text.charCodeAt(start + 3))) {
      const document = this.#tree.startDocument(start);
      document.start.push(this.#take("doc-start", start + 3));
      this.#restOfLine(document.start);
      return;
    }
    const isContent = code !== CODE.HASH && !isLineEnd(code);
    if (isContent && !this.#tree.hasDocument) this.#tree.startDocument(start);
    if (at > start) this.#tree.addLead(this.#take("space", at));
    this.#indent = at - start;
    if (!isContent) this.#blankLine();
    else if (code === CODE.DASH && this.#text.charCodeAt(at + 1) === CODE.SPACE) this.#listItem();
    else this.#entry();
  }

  #blankLine(): void {
    const end = this.#lineEnd();
    if (end > this.#at) this.#tree.addLead(this.#take("comment", end));
    if (end < this.#text.length) this.#tree.addLead(this.#take("newline", end + 1));
  }

  /** An entry of a mapping, or a value on a line of its own. */
  #entry(): void {
    const [indent, colon] = [this.#indent, this.#findColon()];
    if (colon === -1) {
      this.#ownLineValue();
      return;
    }
    this.#tree.closeDeeper(indent, false);
    const { top } = this.#tree;
    if (top?.type !== "block-map" || top.indent !== indent) {
      this.#tree.requireRoomForValue();
      this.#beginMap(colon);
      return;
    }
    const [key, item] = [this.#scalar(colon), lastOf(top)];
    if (item.sep === undefined) this.#entryValue(Object.assign(item, { key }), indent);
    else {
      const start = item.value === undefined ? splitSep(item.sep, indent) : [];
      this.#entryValue(addItem(top, { start, key }), indent);
    }
  }

  /** The offset of the sign after the key that begins here; -1 if this is no key. */
  #findColon(): number {
    return NO_KEY_START.has(this.#text.charCodeAt(this.#at)) ? -1 : findColon(this.#text, this.#at);
  }

  #beginMap(colon: number): void {
    const [offset, indent] = [this.#at, this.#indent];
    const item: Item = { start: [], key: this.#scalar(colon) };
    this.#tree.push({ type: "block-map", offset, indent, items: [item as never] });
    this.#entryValue(item, indent);
  }

  /** The `:` after a key and what is on its line, and a value with further lines. */
  #entryValue(item: Item, indent: number): void {
    const sign = this.#take("map-value-ind", this.#at + 1);
    const next = skipSpaces(this.#text, this.#at);
    // A literal takes less memory than an empty list that grows.
    const sep = next > this.#at ? [sign, this.#take("space", next)] : [sign];
    item.sep = sep;
    if (this.#text.charCodeAt(this.#at) === CODE.AMPERSAND) {
      sep.push(this.#take("anchor", wordEnd(this.#text, this.#at)));
      this.#takeSpaces(sep);
    }
    const code = this.#text.charCodeAt(this.#at);
    if (code === CODE.HASH || isLineEnd(code)) this.#restOfLine(sep);
    else item.value = this.#value(indent);
  }

  #listItem(): void {
    const indent = this.#indent;
    this.#tree.closeDeeper(indent, true);
    const { top } = this.#tree;
    if (top?.type !== "block-seq" || top.indent !== indent) {
      this.#tree.requireRoomForValue();
      this.#beginList();
      return;
    }
    const last = lastOf(top);
    const item = last.value === undefined ? last : addItem(top, { start: [] });
    this.#listValue(item);
  }

  #beginList(): void {
    const item: Item = { start: [] };
    this.#tree.push({ type: "block-seq", offset: this.#at, indent: this.#indent, items: [item as never] });
    this.#listValue(item);
  }

  /** The sign `-` and what follows. */
  #listValue(item: Item): void {
    const [column, sign] = [this.#indent, this.#at];
    item.start.push(this.#take("seq-item-ind", sign + 1));
    this.#indent = column + 1;
    this.#takeSpaces(item.start);
    this.#indent += this.#at - sign - 1;
    const code = this.#text.charCodeAt(this.#at);
    if (code === CODE.HASH || isLineEnd(code)) notPlain();
    if (code === CODE.DASH && this.#text.charCodeAt(this.#at + 1) === CODE.SPACE) {
      this.#beginList();
      return;
    }
    const colon = this.#findColon();
    if (colon === -1) item.value = this.#value(column);
    else this.#beginMap(colon);
  }

  /** The value of a key on the line before. */
  #ownLineValue(): void {
    const { top } = this.#tree;
    const item = top === undefined ? undefined : lastOf(top);
    const types = item?.sep?.map(({ type }) => type).join(" ");
    if (top === undefined || item === undefined || types !== "map-value-ind newline space") notPlain();
    if (item.value !== undefined || this.#indent <= top.indent) notPlain();
    item.value = this.#value(top.indent);
  }

  /**
   * A value with its line break.
   * @param parent the indent of the collection around it
   */
  #value(parent: number): CST.Token {
    const [text, code] = [this.#text, this.#text.charCodeAt(this.#at)];
    if (code === CODE.PIPE || code === CODE.GREATER) return this.#blockScalar(parent);
    if (code === CODE.BRACKET || code === CODE.BRACE) {
      const flow = readFlowLine(text, this.#at, this.#indent, this.#tree.room);
      this.#at = flow.end.reduce((at, { source }) => at + source.length, flow.end[0]?.offset ?? 0);
      return flow;
    }
    // The next lines of a value are indented more than what is around it.
    const scalar = this.#scalar(scalarEnd(text, this.#at, parent + 1));
    if (text.charCodeAt(this.#at) === CODE.NEWLINE) scalar.end = [this.#take("newline", this.#at + 1)];
    else {
      const end: CST.SourceToken[] = [];
      this.#restOfLine(end);
      if (end.length > 0) scalar.end = end;
    }
    return scalar;
  }

  #scalar(end: number): CST.FlowScalar {
    const [offset, type] = [this.#at, SCALAR_TYPES.get(this.#text.charCodeAt(this.#at)) ?? "scalar"];
    this.#at = end;
    return { type, offset, indent: this.#indent, source: this.#text.slice(offset, end) };
  }

  #blockScalar(indent: number): CST.BlockScalar {
    const offset = this.#at;
    HEADER.lastIndex = offset;
    const header = HEADER.exec(this.#text)?.[0] ?? "";
    const props: CST.SourceToken[] = [this.#take("block-scalar-header", offset + header.length)];
    this.#restOfLine(props);
    if (props.at(-1)?.type !== "newline") notPlain();
    const start = this.#at;
    this.#at = blockScalarEnd(this.#text, start, indent + 1, header.endsWith("+"));
    return { type: "block-scalar", offset, indent, props, source: this.#text.slice(start, this.#at) };
  }

  /** White space, a comment and the line break at the end of a line. */
  #restOfLine(into: CST.SourceToken[]): void {
    this.#takeSpaces(into);
    const end = this.#lineEnd();
    if (this.#at < end) {
      if (this.#text.charCodeAt(this.#at) !== CODE.HASH || into.at(-1)?.type !== "space") notPlain();
      into.push(this.#take("comment", end));
    }
    if (end < this.#text.length) into.push(this.#take("newline", end + 1));
  }

  #takeSpaces(into: CST.SourceToken[]): void {
    const end = skipSpaces(this.#text, this.#at);
    if (end > this.#at) into.push(this.#take("space", end));
  }

  #lineEnd(): number {
    const end = this.#text.indexOf("\n", this.#at);
    return end === -1 ? this.#text.length : end;
  }

  #take(type: CST.SourceToken["type"], end: number): CST.SourceToken {
    const token = { type, offset: this.#at, indent: this.#indent, source: this.#text.slice(this.#at, end) };
    this.#at = end;
    return token;
  }
}
