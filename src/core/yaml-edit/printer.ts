import { isCollection, isPair, type Node, type Pair } from "yaml";
import type { Originals } from "./originals.ts";
import type { Style } from "./style.ts";

/** What the functions that find the splices of a document share. */
export interface Printer {
  readonly text: string;
  readonly originals: Originals;
  readonly style: Style;
  /** Collections that are printed as a whole, because their text could not be edited. */
  readonly whole: ReadonlySet<Node>;
}

/** Thrown if the text of a collection cannot be edited: it is then printed as a whole. */
export class Unprintable extends Error {
  readonly node: Node;

  constructor(node: Node) {
    super("the text of a collection cannot be edited");
    this.node = node;
  }
}

/** The value of an item of a collection: an entry of a mapping has one, an item of a list is one. */
export function itemValue(item: unknown): unknown {
  return isPair(item) ? item.value : item;
}

/** The value that an item has in the text. */
export function originalValueOf(item: unknown, { originals }: Printer): unknown {
  if (!isPair(item)) return item;
  const was = originals.get(item as Pair<Node, Node>);
  return was?.kind === "pair" ? was.value : undefined;
}

/** Where a node is in the text. */
export function rangeOf(node: unknown, { originals }: Printer): readonly [number, number] | undefined {
  const was = originals.get(node as Node);
  const range = was === undefined || was.kind === "pair" ? (node as Node | null | undefined)?.range : was.node.range;
  return range ? [range[0], range[1]] : undefined;
}

/** True for a node whose text stays where it is: what is in it is edited, if anything is. */
export function keepsItsText(node: unknown, { originals, whole }: Printer): boolean {
  if (node === null || node === undefined) return true;
  const was = originals.get(node as Node);
  if (!isCollection(node)) return was !== undefined;
  if (was?.kind !== "collection" || whole.has(node)) return false;
  const isFlow = was.node.flow === true;
  return isFlow === (node.flow === true) && (isFlow || node.items.length > 0 || was.items.length === 0);
}
