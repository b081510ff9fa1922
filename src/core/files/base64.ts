const DIGITS = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PADDING = 0x3d;
const ASCII = new TextDecoder("latin1");

/** Encodes bytes as padded base64. */
export function encodeBase64(bytes: Uint8Array): string {
  // Node 24 does not have Uint8Array.prototype.toBase64, though TypeScript's library declares it. `btoa` needs a text
  // of the bytes, which takes 50 ms for a megabyte.
  const digits = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  const digit = (bits: number) => DIGITS[bits & 63] ?? 0;
  let to = 0;
  for (let at = 0; at < bytes.length; at += 3) {
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    digits[to++] = digit(bits >>> 18);
    digits[to++] = digit(bits >>> 12);
    digits[to++] = digit(bits >>> 6);
    digits[to++] = digit(bits);
  }
  const padded = (3 - (bytes.length % 3)) % 3;
  digits.fill(PADDING, digits.length - padded);
  return ASCII.decode(digits);
}

/** Decodes base64, with or without line breaks; undefined if the text is not base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
