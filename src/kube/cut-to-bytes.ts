const ELLIPSIS = "…";

/** Cuts a text so that its UTF-8 fits, never within a character, and marks the cut with an ellipsis. */
export function cutToBytes(text: string, maxBytes: number): string {
  // No character has less than a byte.
  const bytes = Buffer.from(text.slice(0, maxBytes + 1));
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes - Buffer.byteLength(ELLIPSIS);
  while (end > 0 && isContinuation(bytes[end] ?? 0)) end -= 1;
  return bytes.toString("utf8", 0, end) + ELLIPSIS;
}

/** True for a byte that is not the first one of a character in UTF-8. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
