/** Control characters, and characters that reverse the direction of text, without newlines and tabs. */
export const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text from outside for a terminal: control characters, which could change what the terminal shows, and characters
 * that reverse the direction of text are shown as `\u{…}`. Newlines and tabs stay.
 */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** The same for a text that is one line, such as the name of a file in Git, which may have newlines. */
export function printableLine(text: string): string {
  return printable(text).replaceAll(/[\n\t]/g, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** The same for a text with colours of this program: whatever else was overlooked in it does not reach a terminal. */
export function printableStyled(text: string): string {
  return text
    .split(/(\u001b\[\d+m)/)
    .map((part, index) => (index % 2 === 0 ? printable(part) : part))
    .join("");
}
