/** As many bytes at once as a call can have arguments. */
const CHUNK = 0x8000;

/** Bytes as base64, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  // Node 24 has no Uint8Array.prototype.toBase64 yet, though TypeScript's library knows it.
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK) binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}

/** The bytes that base64 stands for, line breaks in it or not; undefined for what is no base64. */
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
