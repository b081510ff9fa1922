import { isAlias, isCollection, isPair, isScalar } from "yaml";
import type { Collection } from "./collection.ts";
import { hasSameItems } from "./originals.ts";
import { itemValue, keepsItsText, originalValueOf, type Printer, rangeOf, Unprintable } from "./printer.ts";
import { keyEdits, scalarEdits } from "./scalar-edits.ts";
import type { Splice } from "./splice.ts";
import { printFlow } from "./stringify-node.ts";

/** The splices of a collection in brackets whose items are the same; others are printed as a whole. */
export function flowEdits(node: Collection, printer: Printer): readonly Splice[] {
  const was = printer.originals.get(node);
  if (was?.kind !== "collection" || !hasSameItems(was.items, node.items)) throw new Unprintable(node);
  return node.items.flatMap((item) => itemEdits(node, item, printer));
}

function itemEdits(parent: Collection, item: unknown, printer: Printer): readonly Splice[] {
  const key = isPair(item) ? keyEdits(parent, item.key, printer) : [];
  const [value, was] = [itemValue(item), originalValueOf(item, printer)];
  if (value === was && (value === null || value === undefined)) return key;
  if (value === was && isAlias(value)) {
    const original = printer.originals.get(value);
    if (original?.kind === "alias" && original.node.source === value.source) return key;
  }
  if (value === was && isScalar(value)) {
    const edits = scalarEdits(parent, value, printer);
    if (edits === undefined) throw new Unprintable(parent);
    return [...key, ...edits];
  }
  if (value === was && isCollection(value) && keepsItsText(value, printer)) {
    return [...key, ...flowEdits(value, printer)];
  }
  const range = rangeOf(was, printer);
  if (range === undefined || range[0] === range[1]) throw new Unprintable(parent);
  return [...key, { start: range[0], end: range[1], text: printFlow(value, printer.style) }];
}
