import type { CST } from "yaml";
import type { Lines } from "../../core/files/lines.ts";

/** The column of a collection's items, as it was and as it is to be. */
export interface Level {
  readonly before: number;
  readonly after: number;
}

interface Gap {
  readonly start: number;
  readonly end: number;
}

/** What is to be done with the lines of a text. */
export interface Indents {
  /** Line → its level, and those around it, the innermost last. Lines that begin with an item of a collection. */
  readonly items: ReadonlyMap<number, readonly Level[]>;
  /** Line → its indentation: further lines of a value. */
  readonly values: ReadonlyMap<number, number>;
  /** Lines whose end is inside of a value. */
  readonly open: ReadonlySet<number>;
  /** Line → columns of blanks between `-` and what follows it. */
  readonly gaps: ReadonlyMap<number, readonly Gap[]>;
}

/** Of a mapping or a sequence. */
interface Item {
  readonly start: readonly CST.SourceToken[];
  readonly explicitKey?: true;
  readonly key?: CST.Token | null;
  readonly sep?: readonly CST.SourceToken[];
  readonly value?: CST.Token;
}

const STEP = 2;
const BLANKS: ReadonlySet<string> = new Set(["space", "newline", "comment"]);

/** Finds the indentation of each line from the tokens of a text. Recurses: the depth has been checked. */
export function planIndents(tokens: readonly CST.Token[], lines: Lines): Indents {
  const plan = new Plan(lines, isWide(tokens, lines));
  for (const token of tokens) if (token.type === "document") plan.addRoot(token.value);
  return plan;
}

class Plan implements Indents {
  readonly items = new Map<number, readonly Level[]>();
  readonly values = new Map<number, number>();
  readonly open = new Set<number>();
  readonly gaps = new Map<number, Gap[]>();
  readonly #lines: Lines;
  readonly #isWide: boolean;

  constructor(lines: Lines, isWide: boolean) {
    this.#lines = lines;
    this.#isWide = isWide;
  }

  addRoot(value: CST.Token | undefined): void {
    if (value?.type === "block-map" || value?.type === "block-seq") this.#addCollection(value, 0, []);
    // At the root, a block scalar may have any indentation.
    else if (value?.type === "block-scalar")
      this.#addLines(startOfBlock(value), value.source.length, (indent) => indent);
    else this.#addValue(value, { before: 0, after: 0 }, []);
  }

  #addCollection(collection: CST.BlockMap | CST.BlockSequence, after: number, around: readonly Level[]): void {
    const items: readonly Item[] = collection.items;
    for (const item of items) {
      const offset = startOfItem(item);
      if (offset === undefined) continue;
      const level = { before: this.#lines.columnOf(offset), after };
      const levels = [...around, level];
      const line = this.#lines.at(offset);
      if (this.#lines.indentOf(line) === level.before) this.items.set(line, levels);
      if (collection.type === "block-seq") this.#addGap(item);
      if (item.explicitKey === true) this.#addValue(item.key ?? undefined, level, levels);
      this.#addValue(item.value, level, levels, collection.type === "block-seq" || this.#isWide ? STEP : 0);
    }
  }

  /** `sequenceStep`: how far a sequence is indented. */
  #addValue(value: CST.Token | null | undefined, level: Level, levels: readonly Level[], sequenceStep = STEP): void {
    switch (value?.type) {
      case "block-map":
        this.#addCollection(value, level.after + STEP, levels);
        break;
      case "block-seq":
        this.#addCollection(value, level.after + sequenceStep, levels);
        break;
      case "block-scalar":
        this.#addBlockScalar(value, level);
        break;
      case "flow-collection": {
        const end = value.end.findLast(({ type }) => type === "flow-map-end" || type === "flow-seq-end");
        this.#shiftLines(value.offset, (end?.offset ?? value.offset) - value.offset, level);
        break;
      }
      case "scalar":
      case "single-quoted-scalar":
      case "double-quoted-scalar":
        this.#shiftLines(value.offset, value.source.length, level);
        break;
      default:
    }
  }

  #addGap({ start, value }: Item): void {
    const dash = start.findIndex(({ type }) => type === "seq-item-ind");
    const next = start.slice(dash + 1).find(({ type }) => type !== "space");
    const end = next?.offset ?? startOfValue(value);
    const begin = (start[dash]?.offset ?? 0) + 1;
    if (end === undefined || next?.type === "comment" || next?.type === "newline") return;
    if (end <= begin) return;
    const line = this.#lines.at(begin);
    const gap = { start: this.#lines.columnOf(begin), end: this.#lines.columnOf(end) };
    this.gaps.set(line, [...(this.gaps.get(line) ?? []), gap]);
  }

  #addBlockScalar(value: CST.BlockScalar, level: Level): void {
    const start = startOfBlock(value);
    const first = this.#lines.at(start);
    const last = this.#lines.at(start + Math.max(0, value.source.length - 1));
    const header = value.props.find(({ type }) => type === "block-scalar-header");
    const isRelative = header !== undefined && "source" in header && /[1-9]/.test(header.source);
    let content = first;
    while (content < last && this.#lines.isBlank(content)) content++;
    const shift = isRelative ? level.after - level.before : level.after + STEP - this.#lines.indentOf(content);
    this.#addLines(start, value.source.length, (indent) => Math.max(0, indent + shift));
  }

  /** The lines of a value after its first one move as much as the level around it. */
  #shiftLines(offset: number, length: number, level: Level): void {
    const next = this.#lines.startOf(this.#lines.at(offset) + 1);
    if (next <= offset || next > offset + length) return;
    this.open.add(this.#lines.at(offset));
    this.#addLines(next, offset + length - next, (indent) => Math.max(0, indent + level.after - level.before));
  }

  #addLines(start: number, length: number, indent: (before: number) => number): void {
    const last = this.#lines.at(start + Math.max(0, length - 1));
    for (let line = this.#lines.at(start); length > 0 && line <= last; line++) {
      this.values.set(line, indent(this.#lines.indentOf(line)));
      this.open.add(line);
    }
  }
}

/** The first sequence in a mapping decides for the file: indented, or below its key, as kubectl prints it. */
function isWide(tokens: readonly CST.Token[], lines: Lines): boolean {
  const open: (CST.Token | null | undefined)[] = [...tokens].reverse();
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (next?.type === "document") open.push(next.value);
    if (next?.type !== "block-map" && next?.type !== "block-seq") continue;
    for (const item of next.items) {
      if (next.type !== "block-map" || item.value?.type !== "block-seq") continue;
      return lines.columnOf(item.value.offset) > lines.columnOf(startOfItem(item) ?? item.value.offset);
    }
    open.push(...next.items.map(({ value }) => value).reverse());
  }
  return true;
}

/** The first token of an item; undefined for comments after the last one. */
function startOfItem({ start, key, sep = [] }: Item): number | undefined {
  const own = [...start, ...(key === undefined || key === null ? [] : [key]), ...sep];
  return own.find(({ type }) => !BLANKS.has(type))?.offset;
}

/** With the anchor or tag that its first item begins with. */
function startOfValue(value: CST.Token | undefined): number | undefined {
  const first = value?.type === "block-map" || value?.type === "block-seq" ? value.items[0] : undefined;
  return first === undefined ? value?.offset : startOfItem(first);
}

/** The first line after the header. */
function startOfBlock({ props, offset }: CST.BlockScalar): number {
  const last = props.at(-1);
  return last !== undefined && "source" in last ? last.offset + last.source.length : offset;
}
