/** Bytes per call of `String.fromCharCode`: below the limit for arguments. */
const CHUNK_BYTES = 0x8000;

/** Encodes bytes as padded base64. */
export function encodeBase64(bytes: Uint8Array): string {
  // Node 24 does not have Uint8Array.prototype.toBase64, though TypeScript's library declares it.
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
  return btoa(binary);
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
