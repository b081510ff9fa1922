import { type CST, Parser } from "yaml";
import { Lines } from "../../core/files/lines.ts";
import { isSameJson } from "../../core/identity/same-json.ts";
import type { TextProblem } from "../../core/validation/file-check.ts";
import { readYaml } from "../../core/validation/yaml/check-yaml.ts";
import { lexemesOf } from "../../core/validation/yaml/lexer.ts";
import { type Indents, type Level, planIndents } from "./indents.ts";

export type Formatted = { readonly text: string } | { readonly problems: readonly TextProblem[] };

/**
 * Formats a YAML file: indentation of two columns, no blanks at the ends of lines, one line break at the end. Nothing
 * but white space changes, and nothing that Kubernetes reads from it. A second time changes nothing.
 */
export function formatYaml(bytes: Uint8Array): Formatted {
  const read = readYaml(bytes);
  if ("problems" in read) return read;
  const { text } = read;
  const values = read.documents.map((one): unknown => one.toJS({ maxAliasCount: -1 }));
  const keepsMeaning = (other: string) => {
    const again = readYaml(new TextEncoder().encode(other));
    return (
      "documents" in again &&
      isSameJson(
        again.documents.map((one): unknown => one.toJS({ maxAliasCount: -1 })),
        values,
      ) &&
      withoutBlanks(other) === withoutBlanks(text)
    );
  };
  const choose = (before: string, after: string) => (after !== before && keepsMeaning(after) ? after : before);
  const trimmed = choose(text, write(text.replaceAll("\r\n", "\n"), false));
  return { text: choose(trimmed, write(trimmed, true)) };
}

function withoutBlanks(text: string): string {
  return text.replaceAll(/[ \t\r\n]+/g, "");
}

/** `moves`: with the indentation that the lines are to have; else only the ends of lines change. */
function write(text: string, moves: boolean): string {
  const lines = new Lines(text);
  const plan = planIndents(parse(text), lines);
  const indents = moves ? indentsOf(lines, plan) : lines.texts.map((_, number) => lines.indentOf(number));
  const written = lines.texts.map((line, number) => {
    const before = lines.indentOf(number);
    const indent = indents[number] ?? before;
    const isOpen = plan.open.has(number);
    // Blanks of an empty line in a block scalar count as far as they are more than its indentation.
    if (lines.isBlank(number)) return isOpen ? line.slice(0, Math.min(indent, line.length)) : "";
    const rest = (moves ? withoutGaps(line, number, plan) : line).slice(before);
    const own = `${" ".repeat(indent)}${rest}`;
    return isOpen ? own : own.trimEnd();
  });
  // The last one is what follows the last line break.
  let end = written.length;
  while (end > 0 && written[end - 1] === "" && !plan.open.has(end - 1)) end--;
  return end === 0 ? "" : `${written.slice(0, end).join("\n")}\n`;
}

function parse(text: string): readonly CST.Token[] {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of lexemesOf(text)) tokens.push(...parser.next(lexeme));
  tokens.push(...parser.end());
  return tokens;
}

function withoutGaps(line: string, number: number, { gaps }: Indents): string {
  let text = line;
  for (const { start, end } of (gaps.get(number) ?? []).toReversed()) {
    text = `${text.slice(0, start)} ${text.slice(end)}`;
  }
  return text;
}

/** Line → its indentation. */
function indentsOf(lines: Lines, { items, values }: Indents): readonly number[] {
  const below: (readonly Level[])[] = [];
  let next: readonly Level[] = [];
  for (let line = lines.texts.length - 1; line >= 0; line--) {
    below[line] = next;
    next = items.get(line) ?? next;
  }
  let above: readonly Level[] = [];
  return lines.texts.map((_, line) => {
    const own = items.get(line);
    above = own ?? above;
    return values.get(line) ?? own?.at(-1)?.after ?? indentOfOther(lines.indentOf(line), above, below[line] ?? []);
  });
}

/** Of a comment, for example: it moves with the item below it, else with the collection that it is in. */
function indentOfOther(indent: number, above: readonly Level[], below: readonly Level[]): number {
  const next = below.at(-1);
  if (next?.before === indent) return next.after;
  const around = above.findLast(({ before }) => before <= indent);
  return around === undefined ? indent : around.after + indent - around.before;
}
