import {
  Document,
  isCollection,
  isPair,
  isScalar,
  type Node,
  Pair,
  type Scalar,
  type ScalarTag,
  type Tags,
  YAMLMap,
  YAMLSeq,
} from "yaml";
import { KUBERNETES_YAML } from "../validation/yaml/read-documents.ts";
import type { Collection } from "./collection.ts";
import type { Style } from "./style.ts";

const WORD = /^[A-Za-z][-A-Za-z0-9_./]*$/;
/** Words that are no texts without quotes. */
const NO_TEXT = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

const NUMBER_TAGS: ReadonlySet<string> = new Set(["tag:yaml.org,2002:int", "tag:yaml.org,2002:float"]);

/** Numbers are printed as they were written: `1.10`, and integers that are too large for a double. */
function keepNumbers(tags: Tags): Tags {
  return KUBERNETES_YAML.customTags(tags).map((tag) => {
    if (typeof tag === "string" || !NUMBER_TAGS.has(tag.tag) || !("resolve" in tag)) return tag;
    const { stringify } = tag as ScalarTag;
    const printed: ScalarTag = {
      ...(tag as ScalarTag),
      stringify: (item, ...rest) =>
        isSourceOf(item.source, item.value, tag as ScalarTag)
          ? item.source
          : (stringify?.(item, ...rest) ?? String(item.value)),
    };
    return printed;
  });
}

/** False for the source of a scalar whose value was changed afterwards. */
function isSourceOf(source: string | undefined, value: unknown, { test, resolve }: ScalarTag): source is string {
  return source !== undefined && test?.test(source) === true && resolve(source, () => {}, {}) === value;
}

/** One for all: its schema takes time. */
const DOCUMENT = new Document(null, { ...KUBERNETES_YAML, customTags: keepNumbers });

function print(node: Node, style: Pick<Style, "indent" | "isListIndented">): string {
  closeUp(node);
  DOCUMENT.contents = node as never;
  try {
    return DOCUMENT.toString({
      indent: style.indent,
      indentSeq: style.isListIndented,
      lineWidth: 0,
      flowCollectionPadding: false,
      verifyAliasOrder: false,
    });
  } finally {
    DOCUMENT.contents = null;
  }
}

/**
 * The library prints the brackets of an empty list after a blank line or a comment, and indents them too little. What
 * was said about items that are gone is left out.
 */
function closeUp(node: unknown): void {
  if (isPair(node)) closeUp(node.value);
  if (!isCollection(node)) return;
  if (node.items.length === 0) {
    delete node.spaceBefore;
    delete node.commentBefore;
    if (node.flow !== true) delete node.comment;
  }
  for (const item of node.items) closeUp(item);
}

/** A whole document, without its markers. */
export function printDocument(node: Node, style: Style): string {
  return withLineBreaks(print(node, style), style);
}

/** The lines of an entry of a block mapping or list; all but the first are indented by `column`. */
export function printItem(item: unknown, style: Style, column: number): string {
  if (isPair(item) && isPlainWord(item.key) && isPlainWord(item.value)) {
    return `${item.key.value}: ${item.value.value}${style.lineBreak}`;
  }
  const holder = isPair(item) ? new YAMLMap() : new YAMLSeq();
  holder.items.push(item as never);
  return indentLines(withLineBreaks(print(holder, style), style), column);
}

/** Labels and annotations that functions add are mostly of this kind; the library takes twenty times as long. */
function isPlainWord(node: unknown): node is Scalar<string> {
  if (!isScalar(node) || typeof node.value !== "string" || !WORD.test(node.value) || NO_TEXT.test(node.value))
    return false;
  const { type = "PLAIN", comment, commentBefore, spaceBefore, anchor, tag } = node;
  return type === "PLAIN" && !(comment || commentBefore || spaceBefore || anchor || tag);
}

/** What follows the `:` or the `-` of an item in a block: ` text`, or the lines of a collection. */
export function printValue(value: unknown, style: Style, column: number, sign: "-" | ":"): string {
  // The comment of a collection is on the line of its key.
  const comment = isCollection(value) && value.flow !== true ? value.commentBefore : undefined;
  if (isCollection(value) && comment && !comment.includes("\n")) {
    const printed = printValue(withoutComment(value), style, column, sign);
    return printed.replace(/(?=\r?\n)/, ` #${comment}`);
  }
  if (sign === "-") return printItem(value ?? null, style, column).slice(1);
  return printItem(new Pair("k", value), style, column).slice("k:".length);
}

/** A scalar or a collection as it is written between brackets. */
export function printFlow(value: unknown, style: Style): string {
  const holder = new YAMLSeq();
  holder.flow = true;
  holder.items.push(value as never);
  return print(holder, style).trimEnd().slice(1, -1).trim();
}

/** A value of a block on one line, without its comment; undefined if it takes several. */
export function printInline(value: unknown, style: Style): string | undefined {
  const holder = new YAMLMap();
  holder.items.push(new Pair("k", isScalar(value) ? withoutComments(value) : value) as never);
  const text = print(holder, style).replace(/\n$/, "");
  return text.startsWith("k: ") && !text.includes("\n") ? text.slice("k: ".length) : undefined;
}

function withoutComment<T extends Collection>(node: T): T {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(node) as object), node) as T;
  delete copy.commentBefore;
  return copy;
}

export function withoutComments<T extends Node>(node: T): T {
  const copy = node.clone() as T;
  delete copy.comment;
  delete copy.commentBefore;
  return copy;
}

function withLineBreaks(text: string, { lineBreak }: Style): string {
  const whole = text.endsWith("\n") ? text : `${text}\n`;
  return lineBreak === "\n" ? whole : whole.replaceAll("\n", lineBreak);
}

function indentLines(text: string, column: number): string {
  return column === 0 ? text : text.replaceAll(/\n(?!$|\r?\n)/g, `\n${" ".repeat(column)}`);
}
