import { type CST, isAlias, isCollection, isPair, isScalar } from "yaml";
import type { Collection } from "./collection.ts";
import { flowEdits } from "./flow-edits.ts";
import { hasSameItems } from "./originals.ts";
import { itemValue, keepsItsText, originalValueOf, type Printer, Unprintable } from "./printer.ts";
import { replaceValue } from "./replace-value.ts";
import { keyEdits, scalarEdits } from "./scalar-edits.ts";
import { afterSign, type Chunk, chunksOf, signOf } from "./source.ts";
import { type Splice, spliceText } from "./splice.ts";
import { printItem } from "./stringify-node.ts";

/** The splices of a block collection that was read from the text, and of everything below it. */
export function blockEdits(node: Collection, printer: Printer): readonly Splice[] {
  const was = printer.originals.get(node);
  if (was?.kind !== "collection") throw new Unprintable(node);
  const chunks = chunksOf(was.node, was.items.length);
  if (chunks === undefined) throw new Unprintable(node);
  const chunkOf = new Map(was.items.map((item, at) => [item, chunks[at]] as const));
  if (!hasSameItems(was.items, node.items)) return [arrange(node, chunkOf, chunks, printer)];
  return node.items.flatMap((item) => {
    const chunk = chunkOf.get(item);
    return chunk === undefined ? [] : itemEdits(node, item, chunk, printer);
  });
}

/** The splices of an item that stays in its collection. */
function itemEdits(parent: Collection, item: unknown, chunk: Chunk, printer: Printer): readonly Splice[] {
  const key = isPair(item) ? keyEdits(parent, item.key, printer) : [];
  const value = itemValue(item);
  const edits = value === originalValueOf(item, printer) ? valueEdits(parent, value, chunk, printer) : undefined;
  return [...key, ...(edits ?? [replaceValue(parent, chunk, value, printer)])];
}

/** Undefined: the value is printed anew. */
function valueEdits(parent: Collection, value: unknown, chunk: Chunk, printer: Printer): readonly Splice[] | undefined {
  if (value === null || value === undefined) return [];
  if (!keepsItsText(value, printer)) return undefined;
  if (isScalar(value)) return scalarEdits(parent, value, printer);
  if (isAlias(value)) {
    const was = printer.originals.get(value);
    return was?.kind === "alias" && was.node.source === value.source ? [] : undefined;
  }
  if (!isCollection(value)) throw new Unprintable(parent);
  const was = printer.originals.get(value);
  if (was?.kind !== "collection") return undefined;
  if (value.flow === true) return flowEdits(value, printer);
  const isSame = (was.node.commentBefore ?? "") === (value.commentBefore ?? "");
  const comment = isSame ? [] : signComment(parent, value, chunk);
  return [...comment, ...blockEdits(value, printer)];
}

/** Sets the comment of a collection on the line of its key. */
function signComment(parent: Collection, value: Collection, { token }: Chunk): readonly Splice[] {
  const sign = signOf(token);
  const text = value.commentBefore ?? "";
  if (sign === undefined || text.includes("\n")) throw new Unprintable(parent);
  const tokens = afterSign(token, sign);
  const lineEnd = tokens.findIndex(({ type }) => type === "newline");
  const onLine = tokens.slice(0, lineEnd === -1 ? tokens.length : lineEnd);
  const old = onLine.find(({ type }) => type === "comment");
  const last = onLine.at(-1) ?? sign;
  const start = old === undefined ? endOf(last) : old.offset - spaceBefore(onLine, old);
  return [{ start, end: old === undefined ? start : endOf(old), text: text === "" ? "" : ` #${text}` }];
}

function endOf({ offset, source }: CST.SourceToken): number {
  return offset + source.length;
}

function spaceBefore(tokens: readonly CST.SourceToken[], token: CST.SourceToken): number {
  const before = tokens[tokens.indexOf(token) - 1];
  return before?.type === "space" ? before.source.length : 0;
}

/** Prints a collection with other items, or in another order: each item that was there keeps its text. */
function arrange(
  node: Collection,
  chunkOf: ReadonlyMap<unknown, Chunk | undefined>,
  chunks: readonly Chunk[],
  printer: Printer,
): Splice {
  const { text, style } = printer;
  const [first, last] = [chunks[0], chunks.at(-1)];
  if (first === undefined || last === undefined) throw new Unprintable(node);
  const column = first.start - (text.lastIndexOf("\n", first.start - 1) + 1);
  const indent = " ".repeat(column);
  let result = "";
  for (const item of node.items) {
    const chunk = chunkOf.get(item);
    if (result !== "" && !result.endsWith("\n")) result += style.lineBreak;
    if (chunk === undefined) {
      const printed = printItem(item, style, column);
      result += result === "" ? printed : indent + printed;
      continue;
    }
    const lead = text.slice(chunk.leadStart, chunk.start);
    const body = spliceText(text, chunk.start, chunk.end, itemEdits(node, item, chunk, printer));
    if (result === "") result = (chunk === first ? lead : lead.replace(/^\s+/, "")) + body;
    else result += (chunk === first ? indent : "") + lead + body;
  }
  const hadBreak = last.end > 0 && text[last.end - 1] === "\n";
  return { start: first.leadStart, end: last.end, text: hadBreak ? result : result.replace(/\r?\n$/, "") };
}
