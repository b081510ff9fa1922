/** Of generated pages, in characters. */
const WIDTH = 100;

/**
 * Breaks a paragraph, or an item of a list, into lines: at blanks, which inside of code are not touched. A word that is
 * longer than a line stays whole.
 * @param first before the first line
 * @param rest before all others
 */
export function wrap(text: string, first = "", rest = ""): string {
  const words = text.match(/(?:``.+?``|`[^`]*`|[^\s`])+/g) ?? [];
  const lines: string[] = [];
  let line = first;
  for (const word of words) {
    const isStart = line === first || line === rest;
    if (!isStart && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = rest + word;
    } else line += isStart ? word : ` ${word}`;
  }
  return [...lines, line].join("\n");
}
