import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { decodeOpenSshKey, KeyError, readOpenSshKey } from "./openssh-key.ts";
import { encodePublicKey, KEY_TYPE, publicKeyBytes } from "./public-key.ts";
import type { SshReader } from "./ssh-wire.ts";

/** An ed25519 key is about 400 characters long, with a comment. */
const MAX_KEY_LENGTH = 16 * 1024;
const SEED_BYTES = 32;
/** PKCS #8 of an ed25519 key, up to the seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const PKCS8 = /^-----BEGIN PRIVATE KEY-----\s[A-Za-z0-9+/=\s]+-----END PRIVATE KEY-----\s*$/;

/** A new key, as PEM (PKCS #8). */
export function generatePrivateKey(): string {
  return generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }) as string;
}

/** Parses an unencrypted ed25519 key in the format of OpenSSH or PKCS #8. Throws `KeyError`. */
export function parsePrivateKey(text: string): KeyObject {
  if (text.length > MAX_KEY_LENGTH) throw new KeyError(`it is longer than ${MAX_KEY_LENGTH} characters`);
  const trimmed = text.trim();
  const openssh = decodeOpenSshKey(trimmed);
  if (openssh !== undefined) return parseOpenSsh(openssh);
  if (PKCS8.test(trimmed)) return parsePkcs8(trimmed);
  if (trimmed.includes("ENCRYPTED")) throw new KeyError("it is encrypted: remove its passphrase");
  throw new KeyError("it is neither an OpenSSH nor a PKCS #8 private key in PEM format");
}

/** The wire format of the public key that belongs to a private key. */
export function publicKeyOf(key: KeyObject): Buffer {
  return encodePublicKey(publicKeyBytes(createPublicKey(key)));
}

function parsePkcs8(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: "pem", type: "pkcs8" });
  } catch {
    // The cause may quote a part of the key.
    throw new KeyError("it is not a valid PKCS #8 private key");
  }
  if (key.asymmetricKeyType !== "ed25519") throw new KeyError("it is not an ed25519 key");
  return key;
}

function parseOpenSsh(bytes: Buffer): KeyObject {
  const { type, fields } = readOpenSshKey(bytes);
  if (type !== KEY_TYPE) throw new KeyError("it is not an ed25519 key");
  try {
    return readSecretPart(fields);
  } catch (error) {
    throw error instanceof KeyError ? error : new KeyError("it is not a valid OpenSSH private key");
  }
}

function readSecretPart(reader: SshReader): KeyObject {
  const publicKey = reader.bytes();
  const secret = reader.bytes();
  if (secret.length !== 2 * SEED_BYTES) throw new KeyError("it is not a valid OpenSSH private key");
  const der = Buffer.concat([PKCS8_PREFIX, secret.subarray(0, SEED_BYTES)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  if (!publicKeyBytes(createPublicKey(key)).equals(publicKey)) {
    throw new KeyError("its public part does not belong to its private part");
  }
  return key;
}
