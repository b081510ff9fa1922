/**
 * A text from outside for a terminal: control characters, which could change what the terminal shows, and characters
 * that reverse the direction of text are shown as `\u{…}`. Newlines and tabs stay.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** The same for a text that is one line, such as the name of a file in Git, which may have newlines. */
export function printableLine(text: string): string {
  return printable(text).replaceAll(/[\n\t]/g, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
