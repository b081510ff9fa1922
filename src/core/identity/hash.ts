import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Oid } from "../change/change.ts";

/** sha256 as lower-case hex. */
export function sha256Hex(data: Uint8Array | string): string {
  return bytesToHex(sha256(typeof data === "string" ? utf8ToBytes(data) : data));
}

/** The id Git gives a blob of these bytes; `like` is any id of the same repository and tells SHA-1 from SHA-256. */
export function blobOid(bytes: Uint8Array, like: Oid): Oid {
  const hash = like.length === 64 ? sha256.create() : sha1.create();
  return bytesToHex(
    hash
      .update(utf8ToBytes(`blob ${bytes.length}\0`))
      .update(bytes)
      .digest(),
  );
}
