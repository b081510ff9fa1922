import { createHash, type KeyObject, sign } from "node:crypto";
import { decodePublicKey, KEY_TYPE, type PublicKey, type PublicKeyText } from "./public-key.ts";
import { SshReader, sshString } from "./ssh-wire.ts";
import { verifySsh } from "./verify-ssh.ts";

/** A signature for another namespace (a file, a login) says nothing about a Git object. */
const NAMESPACE = "git";
const HASH = "sha512";
const MAGIC = Buffer.from("SSHSIG");
const VERSION = 1;
/** Characters of base64 on one line, as ssh-keygen writes them. */
const LINE = 70;
const BEGIN = "-----BEGIN SSH SIGNATURE-----";
const END = "-----END SSH SIGNATURE-----";
/** An ed25519 signature has about 300 characters, one of a large RSA key 3,000. */
const MAX_LENGTH = 4096;
const ARMORED = new RegExp(`^${BEGIN}\n((?:[A-Za-z0-9+/=]{1,76}\n)+)${END}\n?$`);

/** A signature in the format of `ssh-keygen -Y sign`, whose signed data is not known yet. */
export interface SshSignature {
  readonly key: PublicKeyText;
  /** True if this key signed exactly these bytes. */
  verify(payload: Uint8Array): boolean;
}

/** Signs bytes for the namespace `git`; the armored text ends with a newline. */
export function signSsh(key: KeyObject, publicKey: Uint8Array, payload: Uint8Array): string {
  const signature = sign(null, signedData(payload, HASH), key);
  const version = Buffer.alloc(4);
  version.writeUInt32BE(VERSION);
  const blob = Buffer.concat([
    MAGIC,
    version,
    sshString(publicKey),
    sshString(NAMESPACE),
    sshString(""),
    sshString(HASH),
    sshString(Buffer.concat([sshString(KEY_TYPE), sshString(signature)])),
  ]);
  const lines = blob.toString("base64").match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return `${[BEGIN, ...lines, END].join("\n")}\n`;
}

/**
 * Parses an armored signature. Undefined for every text that is not a signature by a key of `KEY_TYPES` for the
 * namespace `git`. Never throws.
 */
export function parseSshSignature(armored: string): SshSignature | undefined {
  const base64 = armored.length > MAX_LENGTH ? undefined : ARMORED.exec(armored)?.[1];
  if (base64 === undefined) return undefined;
  try {
    return parseBlob(Buffer.from(base64, "base64"));
  } catch {
    return undefined;
  }
}

function parseBlob(blob: Buffer): SshSignature | undefined {
  const reader = new SshReader(blob);
  if (!reader.take(MAGIC.length).equals(MAGIC) || reader.uint32() !== VERSION) return undefined;
  const publicKey = reader.bytes();
  const namespace = reader.text();
  reader.bytes();
  const hash = reader.text();
  const signature = reader.bytes();
  const key = decodePublicKey(publicKey);
  if (!reader.isAtEnd || key === undefined || namespace !== NAMESPACE) return undefined;
  if (hash !== "sha512" && hash !== "sha256") return undefined;
  return {
    key: publicKey.toString("base64"),
    verify: (payload) => isValid(key, signature, signedData(payload, hash)),
  };
}

function isValid(key: PublicKey, signature: Buffer, data: Uint8Array): boolean {
  try {
    return verifySsh(key, signature, data);
  } catch {
    return false;
  }
}

function signedData(payload: Uint8Array, hash: string): Buffer {
  const digest = createHash(hash).update(payload).digest();
  return Buffer.concat([MAGIC, sshString(NAMESPACE), sshString(""), sshString(hash), sshString(digest)]);
}
