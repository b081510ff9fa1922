import { CODE, isBlank, isLineEnd, skipSpaces } from "./characters.ts";
import { notPlain } from "./not-plain.ts";

/** What a value without quotes does not begin with: indicators, and characters that YAML reserves. */
const NO_PLAIN_START: ReadonlySet<number> = new Set([...",[]{}#&*!|>'\"%@`?:\t\n "].map((one) => one.charCodeAt(0)));
const WORD = /[^ ,[\]{}\n\t]+/y;
/** Decides how far the lines of a block scalar are indented: a tab there is an error. */
const TAB_FIRST = /^(?: *\n)* *\t/;

/** The offset of the `:` after a key that begins here; -1 if the line has none. */
export function findColon(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === CODE.QUOTE || first === CODE.APOSTROPHE) {
    const end = quotedEnd(text, at);
    if (text.charCodeAt(end) !== CODE.COLON) return -1;
    return isBlank(text.charCodeAt(end + 1)) && !text.slice(at, end).includes("\n") ? end : notPlain();
  }
  requirePlainStart(text, at);
  for (let end = at; ; end++) {
    const code = text.charCodeAt(end);
    if (isLineEnd(code)) return -1;
    if (code === CODE.TAB) notPlain();
    if (code === CODE.COLON && isBlank(text.charCodeAt(end + 1))) {
      return text.charCodeAt(end - 1) === CODE.SPACE ? notPlain() : end;
    }
    if (code === CODE.HASH && text.charCodeAt(end - 1) === CODE.SPACE) return -1;
  }
}

function requirePlainStart(text: string, at: number): void {
  const first = text.charCodeAt(at);
  if (NO_PLAIN_START.has(first) || (first === CODE.DASH && isBlank(text.charCodeAt(at + 1)))) notPlain();
}

/**
 * The end of a value without quotes that begins here.
 * @param indent columns that the next lines of the value must have at least
 */
function plainEnd(text: string, at: number, indent: number): number {
  requirePlainStart(text, at);
  let end = lineOfPlainEnd(text, at);
  // A comment ends the value.
  if (text.charCodeAt(skipSpaces(text, end)) !== CODE.NEWLINE) return end;
  for (let next = text.indexOf("\n", end) + 1; next > 0 && next < text.length; ) {
    const start = skipSpaces(text, next);
    const first = text.charCodeAt(start);
    if (first === CODE.NEWLINE) {
      next = start + 1;
      continue;
    }
    if (start - next < indent || first === CODE.HASH || Number.isNaN(first)) break;
    end = lineOfPlainEnd(text, start);
    if (text.charCodeAt(skipSpaces(text, end)) !== CODE.NEWLINE) break;
    next = text.indexOf("\n", end) + 1;
  }
  return end;
}

/** The end of the part of a value that is on this line. */
function lineOfPlainEnd(text: string, at: number): number {
  let end = at;
  for (let next = at; ; next++) {
    const code = text.charCodeAt(next);
    if (isLineEnd(code)) return end;
    if (code === CODE.TAB) notPlain();
    if (code === CODE.SPACE) {
      if (text.charCodeAt(next + 1) === CODE.HASH) return end;
      continue;
    }
    // A mapping in a value is an error.
    if (code === CODE.COLON && isBlank(text.charCodeAt(next + 1))) notPlain();
    end = next + 1;
  }
}

/** The end of a value in quotes, of an alias, or of a value without quotes, as in {@link plainEnd}. */
export function scalarEnd(text: string, at: number, indent: number): number {
  const code = text.charCodeAt(at);
  if (code === CODE.QUOTE || code === CODE.APOSTROPHE) return quotedEnd(text, at);
  return code === CODE.ASTERISK ? wordEnd(text, at) : plainEnd(text, at, indent);
}

/** The end of an anchor or an alias. */
export function wordEnd(text: string, at: number): number {
  WORD.lastIndex = at;
  WORD.test(text);
  return WORD.lastIndex;
}

/** The end of a value in quotes that begins here. */
function quotedEnd(text: string, at: number): number {
  const end = text.charCodeAt(at) === CODE.QUOTE ? doubleQuotedEnd(text, at) : singleQuotedEnd(text, at);
  for (let next = text.indexOf("\n", at) + 1; next > 0 && next < end; next = text.indexOf("\n", next) + 1) {
    const first = text.charCodeAt(next);
    // It may end the document.
    if (first === CODE.DASH || first === CODE.DOT) notPlain();
  }
  return end;
}

function singleQuotedEnd(text: string, at: number): number {
  let end = text.indexOf("'", at + 1);
  while (end !== -1 && text.charCodeAt(end + 1) === CODE.APOSTROPHE) end = text.indexOf("'", end + 2);
  return end === -1 ? notPlain() : end + 1;
}

function doubleQuotedEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === CODE.BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
  return notPlain();
}

/**
 * The end of a block scalar, with its last line break.
 * @param at the line after its header
 * @param minimum columns that its lines must have at least
 * @param keeps the line breaks after it are a part of it
 */
export function blockScalarEnd(text: string, at: number, minimum: number, keeps: boolean): number {
  let [last, indent] = [at - 1, 0];
  for (let next = at; ; next++) {
    const code = text.charCodeAt(next);
    if (code === CODE.SPACE) indent++;
    else if (code === CODE.NEWLINE) {
      last = next;
      indent = 0;
    } else break;
  }
  if (indent >= minimum) last = lastLineEnd(text, last, indent);
  if (text.charCodeAt(skipSpaces(text, last + 1)) === CODE.TAB) notPlain();
  if (!keeps) last = withoutBlankLines(text, at, last, indent);
  if (TAB_FIRST.test(text.slice(at, last + 1))) notPlain();
  return Math.min(last + 1, text.length);
}

function lastLineEnd(text: string, before: number, indent: number): number {
  for (let last = before; ; ) {
    const start = skipSpaces(text, last + 1);
    const isContent = text.charCodeAt(start) === CODE.NEWLINE || start - last - 1 >= indent;
    if (!isContent) return last;
    last = text.indexOf("\n", start);
    if (last === -1) return text.length;
  }
}

/** Lines at the end that have no more spaces than the others. */
function withoutBlankLines(text: string, at: number, end: number, indent: number): number {
  for (let last = end; ; ) {
    const lineEnd = last - 1;
    let next = lineEnd;
    while (text.charCodeAt(next) === CODE.SPACE) next--;
    if (text.charCodeAt(next) !== CODE.NEWLINE || next < at || next + 1 + indent <= lineEnd) return last;
    last = next;
  }
}
