import { type CST, isScalar, type Node, type Scalar } from "yaml";
import type { Collection } from "./collection.ts";
import { type Printer, Unprintable } from "./printer.ts";
import { endTokensOf } from "./source.ts";
import type { Splice } from "./splice.ts";
import { printFlow, printInline } from "./stringify-node.ts";

/**
 * The splices of a scalar that was read from the text; undefined if its new text needs other lines, so that its item is
 * printed anew.
 */
export function scalarEdits(parent: Collection, node: Scalar, printer: Printer): readonly Splice[] | undefined {
  const { originals, style } = printer;
  const was = originals.get(node);
  if (was?.kind !== "scalar" || !was.node.range) throw new Unprintable(parent);
  const { value, source, comment, range, srcToken } = was.node;
  const [start, end] = range;
  const edits: Splice[] = [];
  if (!Object.is(value, node.value) || (typeof value !== "string" && source !== node.source)) {
    if (isBlockScalar(srcToken) || (start === end && parent.flow === true)) return undefined;
    const text = parent.flow === true ? printFlow(node, style) : printInline(node, style);
    if (text === undefined) return undefined;
    edits.push({ start, end, text: start === end ? ` ${text}` : text });
  }
  if ((comment ?? "") !== (node.comment ?? "")) {
    if (parent.flow === true || isBlockScalar(srcToken)) return undefined;
    edits.push(commentEdit(srcToken, end, node.comment));
  }
  return edits;
}

function isBlockScalar(token: CST.Token | undefined): boolean {
  return token === undefined || token.type === "block-scalar";
}

/** Sets the comment on the line of a value; removes it with the space before it. */
function commentEdit(token: CST.Token | undefined, valueEnd: number, comment: string | null | undefined): Splice {
  const text = comment === null || comment === undefined ? "" : ` #${comment.replaceAll("\n", "\n#")}`;
  const old = endTokensOf(token).find(({ type }) => type === "comment");
  return { start: valueEnd, end: old === undefined ? valueEnd : old.offset + old.source.length, text };
}

/** The splices of a key. */
export function keyEdits(parent: Collection, key: Node | unknown, printer: Printer): readonly Splice[] {
  if (!isScalar(key)) return [];
  const was = printer.originals.get(key);
  if (was?.kind !== "scalar" || !was.node.range) throw new Unprintable(parent);
  if (isSameKey(was.node.value, key.value)) return [];
  const [start, end] = was.node.range;
  const text = printFlow(key, printer.style);
  if (start === end || text.includes("\n")) throw new Unprintable(parent);
  return [{ start, end, text }];
}

/** Merge keys are symbols of their own. */
function isSameKey(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || (typeof a === "symbol" && typeof b === "symbol" && a.description === b.description);
}
