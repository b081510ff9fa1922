/**
 * A text as one word of a POSIX shell command, for commands that are shown to be pasted: names of branches and files
 * come from outside.
 */
export function shellQuote(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
