import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { SshReader, sshString } from "./ssh-wire.ts";

/** The type of the operator's own keys. */
export const KEY_TYPE = "ssh-ed25519";
const ED25519_BYTES = 32;
/** SubjectPublicKeyInfo of an ed25519 key, up to the key itself (RFC 8410). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
/** Larger ones would take long to verify, smaller ones can be broken. */
const [MIN_RSA_BITS, MAX_RSA_BITS] = [2048, 8192];

/** The curves of ecdsa keys (RFC 5656), with the length of a coordinate in bytes. */
const CURVES: Readonly<Record<string, { readonly crv: string; readonly bytes: number }>> = {
  nistp256: { crv: "P-256", bytes: 32 },
  nistp384: { crv: "P-384", bytes: 48 },
  nistp521: { crv: "P-521", bytes: 66 },
};
const ECDSA = "ecdsa-sha2-";
const UNCOMPRESSED = 4;

/** The types of keys whose signatures can be verified. */
export const KEY_TYPES: readonly string[] = [
  KEY_TYPE,
  ...Object.keys(CURVES).map((curve) => `${ECDSA}${curve}`),
  "ssh-rsa",
];

/** A public key as `authorized_keys` has it, without type and comment: base64 of its wire format. */
export type PublicKeyText = string;

/** A public key, and its type as the wire format names it. */
export interface PublicKey {
  readonly type: string;
  readonly key: KeyObject;
}

/** The wire format of an ed25519 key. */
export function encodePublicKey(key: Uint8Array): Buffer {
  return Buffer.concat([sshString(KEY_TYPE), sshString(key)]);
}

/** The key of its wire format; undefined for anything that is not a valid key of one of `KEY_TYPES`. */
export function decodePublicKey(blob: Buffer): PublicKey | undefined {
  try {
    const reader = new SshReader(blob);
    const type = reader.text();
    const key = type === "ssh-rsa" ? rsaKey(reader) : type === KEY_TYPE ? ed25519Key(reader) : ecdsaKey(reader, type);
    return key === undefined || !reader.isAtEnd ? undefined : { type, key };
  } catch {
    return undefined;
  }
}

/** The 32 bytes of an ed25519 public key. */
export function publicKeyBytes(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" }).subarray(SPKI_PREFIX.length);
}

function ed25519Key(reader: SshReader): KeyObject | undefined {
  const key = reader.bytes();
  if (key.length !== ED25519_BYTES) return undefined;
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: "der", type: "spki" });
}

function ecdsaKey(reader: SshReader, type: string): KeyObject | undefined {
  const name = reader.text();
  const curve = Object.hasOwn(CURVES, name) ? CURVES[name] : undefined;
  const point = reader.bytes();
  if (curve === undefined || type !== `${ECDSA}${name}`) return undefined;
  if (point.length !== 1 + 2 * curve.bytes || point[0] !== UNCOMPRESSED) return undefined;
  const [x, y] = [point.subarray(1, 1 + curve.bytes), point.subarray(1 + curve.bytes)];
  return fromJwk({ kty: "EC", crv: curve.crv, x: x.toString("base64url"), y: y.toString("base64url") });
}

function rsaKey(reader: SshReader): KeyObject | undefined {
  const exponent = reader.unsigned();
  const modulus = reader.unsigned();
  const bits = modulus.length * 8;
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS || exponent.length > 4) return undefined;
  return fromJwk({ kty: "RSA", n: modulus.toString("base64url"), e: exponent.toString("base64url") });
}

function fromJwk(key: JsonWebKey): KeyObject {
  return createPublicKey({ key, format: "jwk" });
}
