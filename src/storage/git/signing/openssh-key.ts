import { SshReader } from "./ssh-wire.ts";

const MAGIC = "openssh-key-v1\0";
const OPENSSH = /^-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END OPENSSH PRIVATE KEY-----\s*$/;

/** A text is not a usable private key. The message says why, and never contains the key. */
export class KeyError extends Error {
  override readonly name = "KeyError";
}

/** The bytes of a key in OpenSSH's own format; undefined for a text in any other one. */
export function decodeOpenSshKey(text: string): Buffer | undefined {
  const encoded = OPENSSH.exec(text.trim())?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64");
}

/** The type and the fields of the only key in it, which is not encrypted. Throws `KeyError`. */
export function readOpenSshKey(bytes: Buffer): { readonly type: string; readonly fields: SshReader } {
  try {
    const reader = new SshReader(bytes);
    if (reader.take(MAGIC.length).toString("latin1") !== MAGIC) throw new KeyError("it is not an OpenSSH private key");
    const cipher = reader.text();
    reader.bytes();
    reader.bytes();
    if (cipher !== "none") throw new KeyError("it is encrypted: remove its passphrase (ssh-keygen -p)");
    if (reader.uint32() !== 1) throw new KeyError("it contains more than one key");
    reader.bytes();
    const fields = new SshReader(reader.bytes());
    const [check, again] = [fields.uint32(), fields.uint32()];
    if (check !== again) throw new KeyError("it is not a valid OpenSSH private key");
    return { type: fields.text(), fields };
  } catch (error) {
    throw error instanceof KeyError ? error : new KeyError("it is not a valid OpenSSH private key");
  }
}
