import { printable } from "./printable.ts";
import type { Style } from "./style.ts";

/** A title with its text; undefined texts are left out. */
export type Fact = readonly [title: string, text: string | undefined];

/** Facts below one another, their texts in one column. Further lines of a text are indented as its first. */
export function formatFacts(facts: readonly Fact[], style: Style): readonly string[] {
  const known = facts.flatMap(([title, text]) => (text === undefined ? [] : [{ title: `${title}:`, text }]));
  const width = known.reduce((longest, { title }) => Math.max(longest, title.length), 0) + 1;
  return known.map(({ title, text }) => {
    const lines = printable(text).split("\n");
    return `${style.bold(title.padEnd(width))} ${lines.join(`\n${" ".repeat(width + 1)}`)}`;
  });
}

/** A heading with its lines, after an empty line; nothing without lines. */
export function section(title: string, lines: readonly string[], style: Style): readonly string[] {
  return lines.length === 0 ? [] : ["", style.bold(`${title}:`), ...lines];
}
