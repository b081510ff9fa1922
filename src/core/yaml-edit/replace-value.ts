import { CST, isNode, isScalar, type Node } from "yaml";
import type { Collection } from "./collection.ts";
import { type Printer, Unprintable } from "./printer.ts";
import { afterSign, type Chunk, isBlockToken, signOf } from "./source.ts";
import type { Splice } from "./splice.ts";
import { printValue, withoutComments } from "./stringify-node.ts";

/** Replaces the value of an item of a block collection by another value of any kind. */
export function replaceValue(parent: Collection, chunk: Chunk, value: unknown, printer: Printer): Splice {
  const { text, style, originals } = printer;
  const { token } = chunk;
  const sign = signOf(token);
  if (sign === undefined) throw new Unprintable(parent);
  const after = sign.offset + 1;
  const column = chunk.start - (text.lastIndexOf("\n", chunk.start - 1) + 1);
  const comment = commentAfter(afterSign(token, sign));
  // The comment of a value that was null is on the line of the sign.
  const plain = comment !== undefined && isScalar(value) && originals.has(value) ? withoutComments(value) : value;
  const printed = printValue(plain, style, column, sign.type === "seq-item-ind" ? "-" : ":");
  const old = token.value;
  const oldEnd = endOf(old);
  const isInline = printed.indexOf("\n") === printed.length - 1 && !printed.startsWith("\n");
  const isOnLine = comment === undefined || old === undefined || old === null;
  if (isInline && !isBlockToken(old) && isOnLine && !hasComment(plain)) {
    return { start: after, end: oldEnd ?? after, text: printed.trimEnd() };
  }
  return { start: after, end: chunk.end, text: withComment(printed, hasComment(plain) ? undefined : comment) };
}

function endOf(token: CST.Token | null | undefined): number | undefined {
  if (token === null || token === undefined) return undefined;
  if (token.type === "flow-collection") return (token.end[0]?.offset ?? token.offset) + 1;
  return CST.isScalar(token) ? token.offset + token.source.length : undefined;
}

/** The comment on the line of the sign, with the space before it. */
function commentAfter(tokens: readonly CST.SourceToken[]): string | undefined {
  const lineEnd = tokens.findIndex(({ type }) => type === "newline");
  const comment = tokens.slice(0, lineEnd === -1 ? tokens.length : lineEnd).find(({ type }) => type === "comment");
  return comment === undefined ? undefined : ` ${comment.source}`;
}

function withComment(printed: string, comment: string | undefined): string {
  return comment === undefined ? printed : printed.replace(/(?=\r?\n)/, comment);
}

function hasComment(value: unknown): boolean {
  return isNode(value) && ((value as Node).comment ?? (value as Node).commentBefore ?? "") !== "";
}
