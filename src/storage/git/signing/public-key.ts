import { createPublicKey, type KeyObject } from "node:crypto";
import { SshReader, sshString } from "./ssh-wire.ts";

export const KEY_TYPE = "ssh-ed25519";
const KEY_BYTES = 32;
/** SubjectPublicKeyInfo of an ed25519 key, up to the key itself (RFC 8410). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** An ssh-ed25519 public key as `authorized_keys` has it, without type and comment: base64 of its wire format. */
export type PublicKeyText = string;

export function encodePublicKey(key: Uint8Array): Buffer {
  return Buffer.concat([sshString(KEY_TYPE), sshString(key)]);
}

/** The key of its wire format; undefined for anything that is not an ed25519 key. */
export function decodePublicKey(blob: Buffer): KeyObject | undefined {
  try {
    const reader = new SshReader(blob);
    const type = reader.text();
    const key = reader.bytes();
    if (type !== KEY_TYPE || key.length !== KEY_BYTES || !reader.isAtEnd) return undefined;
    return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

/** The 32 bytes of an ed25519 public key. */
export function publicKeyBytes(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" }).subarray(SPKI_PREFIX.length);
}
