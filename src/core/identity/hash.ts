import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { ObjectFormat, Oid } from "./oid.ts";
import { runToEnd } from "./run-to-end.ts";

/** Bytes hashed in one step: takes some milliseconds, and 20 before the code is compiled. */
const STEP_BYTES = 128 * 1024;

type HashKind = "sha256" | `blob-${ObjectFormat}`;

/** Hashes of byte arrays that are still in use: a megabyte takes some 20 ms. Callers never modify the arrays. */
const hashCache = new WeakMap<Uint8Array, Map<HashKind, string>>();

/** SHA-256 as lower-case hex; a text counts as UTF-8. */
export function sha256Hex(data: Uint8Array | string): string {
  return typeof data === "string" ? bytesToHex(sha256(utf8ToBytes(data))) : runToEnd(hashBytes(data, "sha256"));
}

/** The id of a Git blob with these bytes. */
export function blobOid(bytes: Uint8Array, objectFormat: ObjectFormat): Oid {
  return runToEnd(hashBytes(bytes, `blob-${objectFormat}`));
}

/**
 * `sha256Hex` in steps of a few milliseconds; yields the number of bytes of each step. Afterwards `sha256Hex` has the
 * hash cached.
 */
export function sha256InSteps(bytes: Uint8Array): Generator<number, string> {
  return hashBytes(bytes, "sha256");
}

/** `blobOid` in the same steps. */
export function blobOidInSteps(bytes: Uint8Array, objectFormat: ObjectFormat): Generator<number, string> {
  return hashBytes(bytes, `blob-${objectFormat}`);
}

function* hashBytes(bytes: Uint8Array, kind: HashKind): Generator<number, string> {
  const cached = hashCache.get(bytes)?.get(kind);
  if (cached !== undefined) return cached;
  const hash = kind === "blob-sha1" ? sha1.create() : sha256.create();
  if (kind !== "sha256") hash.update(utf8ToBytes(`blob ${bytes.length}\0`));
  for (let start = 0; start < bytes.length; start += STEP_BYTES) {
    const step = bytes.subarray(start, start + STEP_BYTES);
    hash.update(step);
    yield step.length;
  }
  const hex = bytesToHex(hash.digest());
  const hashes = hashCache.get(bytes) ?? new Map<HashKind, string>();
  hashCache.set(bytes, hashes.set(kind, hex));
  return hex;
}
