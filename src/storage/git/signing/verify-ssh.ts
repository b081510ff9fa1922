import { type KeyObject, verify } from "node:crypto";
import { KEY_TYPE, type PublicKey } from "./public-key.ts";
import { SshReader } from "./ssh-wire.ts";

/** Hash, and length of `r` and `s` in bytes, of the signatures of ecdsa keys (RFC 5656). */
const ECDSA: Readonly<Record<string, { readonly hash: string; readonly bytes: number }>> = {
  "ecdsa-sha2-nistp256": { hash: "sha256", bytes: 32 },
  "ecdsa-sha2-nistp384": { hash: "sha384", bytes: 48 },
  "ecdsa-sha2-nistp521": { hash: "sha512", bytes: 66 },
};
/** Signatures of RSA keys (RFC 8332). `ssh-rsa`, with SHA-1, is not among them. */
const RSA: Readonly<Record<string, string>> = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" };
const ED25519_SIGNATURE_BYTES = 64;

/** Verifies the wire format of a signature (its type and its value). Throws, or is false, for an invalid one. */
export function verifySsh({ type, key }: PublicKey, signature: Buffer, data: Uint8Array): boolean {
  const reader = new SshReader(signature);
  const algorithm = reader.text();
  const value = reader.bytes();
  if (!reader.isAtEnd) return false;
  if (type === "ssh-rsa") {
    const hash = Object.hasOwn(RSA, algorithm) ? RSA[algorithm] : undefined;
    return hash !== undefined && verify(hash, data, key, value);
  }
  if (algorithm !== type) return false;
  return type === KEY_TYPE
    ? value.length === ED25519_SIGNATURE_BYTES && verify(null, data, key, value)
    : verifyEcdsa(type, key, value, data);
}

function verifyEcdsa(type: string, key: KeyObject, value: Buffer, data: Uint8Array): boolean {
  const parameters = Object.hasOwn(ECDSA, type) ? ECDSA[type] : undefined;
  if (parameters === undefined) return false;
  const { hash, bytes } = parameters;
  const reader = new SshReader(value);
  const [r, s] = [reader.unsigned(), reader.unsigned()];
  if (!reader.isAtEnd || r.length > bytes || s.length > bytes) return false;
  const padded = [r, s].map((part) => Buffer.concat([Buffer.alloc(bytes - part.length), part]));
  return verify(hash, data, { key, dsaEncoding: "ieee-p1363" }, Buffer.concat(padded));
}
