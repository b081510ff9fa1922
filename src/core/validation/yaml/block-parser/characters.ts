export const CODE = {
  TAB: 9,
  NEWLINE: 10,
  SPACE: 32,
  QUOTE: 34,
  HASH: 35,
  AMPERSAND: 38,
  APOSTROPHE: 39,
  ASTERISK: 42,
  DASH: 45,
  DOT: 46,
  COLON: 58,
  GREATER: 62,
  BRACKET: 91,
  BACKSLASH: 92,
  BRACE: 123,
  PIPE: 124,
} as const;

/** True for a line break and the end of the text. */
export function isLineEnd(code: number): boolean {
  // The end of the text has NaN.
  return code === CODE.NEWLINE || Number.isNaN(code);
}

/** True for white space and the end of the text. */
export function isBlank(code: number): boolean {
  return code === CODE.SPACE || isLineEnd(code);
}

/** The offset of the first character that is no space. */
export function skipSpaces(text: string, at: number): number {
  let end = at;
  while (text.charCodeAt(end) === CODE.SPACE) end++;
  return end;
}
