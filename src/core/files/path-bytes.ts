/** The first of the 128 lone surrogates that stand for the bytes 0x80 to 0xff. */
const ESCAPE = 0xdc00;
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const FIRST_OF_TWO = 0xc2;
const FIRST_OF_THREE = 0xe0;
const FIRST_OF_FOUR = 0xf0;
const LAST_OF_FOUR = 0xf4;

/**
 * The text that identifies a path of any bytes: other bytes are another text. Each byte that is not UTF-8 becomes a
 * lone surrogate, as with Python's `surrogateescape`: such a text is not well-formed, and is no UTF-8 path.
 */
export function decodePath(bytes: Uint8Array): string {
  const text = DECODER.decode(bytes);
  // U+FFFD is what the decoder replaces such bytes with, and may be a part of the path itself.
  if (!text.includes("\ufffd")) return text;
  let path = "";
  for (let at = 0; at < bytes.length; ) {
    const size = sequenceSize(bytes, at);
    path += size === 0 ? String.fromCharCode(ESCAPE + (bytes[at] ?? 0)) : DECODER.decode(bytes.subarray(at, at + size));
    at += Math.max(size, 1);
  }
  return path;
}

/** The bytes of a path that `decodePath` returned. */
export function encodePath(path: string): Uint8Array {
  const bytes: number[] = [];
  for (const char of path) {
    const code = char.codePointAt(0) ?? 0;
    const isEscape = code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff;
    bytes.push(...(isEscape ? [code - ESCAPE] : new TextEncoder().encode(char)));
  }
  return Uint8Array.from(bytes);
}

/** The size of the character in UTF-8 that begins here; 0 if none does. */
function sequenceSize(bytes: Uint8Array, at: number): number {
  const [lead = 0, second = 0] = bytes.subarray(at, at + 2);
  if (lead < 0x80) return 1;
  if (lead < FIRST_OF_TWO || lead > LAST_OF_FOUR) return 0;
  const size = lead < FIRST_OF_THREE ? 2 : lead < FIRST_OF_FOUR ? 3 : 4;
  const [lowest, highest] = secondByteRange(lead);
  if (second < lowest || second > highest) return 0;
  const rest = bytes.subarray(at + 2, at + size);
  return rest.length === size - 2 && rest.every((byte) => (byte & 0xc0) === 0x80) ? size : 0;
}

/** Without overlong forms, surrogates, and what is beyond U+10FFFF. */
function secondByteRange(lead: number): readonly [lowest: number, highest: number] {
  if (lead === FIRST_OF_THREE) return [0xa0, 0xbf];
  if (lead === 0xed) return [0x80, 0x9f];
  if (lead === FIRST_OF_FOUR) return [0x90, 0xbf];
  return lead === LAST_OF_FOUR ? [0x80, 0x8f] : [0x80, 0xbf];
}
