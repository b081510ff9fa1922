import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Oid } from "./oid.ts";

/** As many bytes are hashed in one step: some milliseconds, and 20 before the code is warm. */
const STEP = 128 * 1024;

type HashKind = "sha256" | "blob" | "blob256";

/** What bytes were hashed to before, as long as they are there: a megabyte takes some 20 ms. Bytes that were read never change. */
const hashed = new WeakMap<Uint8Array, Map<HashKind, string>>();

/** sha256 as lower-case hex. */
export function sha256Hex(data: Uint8Array | string): string {
  return typeof data === "string" ? bytesToHex(sha256(utf8ToBytes(data))) : finish(hashBytes(data, "sha256"));
}

/** The id Git gives a blob of these bytes; `like` is any id of the same repository and tells SHA-1 from SHA-256. */
export function blobOid(bytes: Uint8Array, like: Oid): Oid {
  return finish(hashBytes(bytes, blobKind(like)));
}

/**
 * What `sha256Hex` answers, computed in steps that each take a few milliseconds; yields how many bytes a step took. Afterwards
 * `sha256Hex` answers at once.
 */
export function sha256InSteps(bytes: Uint8Array): Generator<number, string> {
  return hashBytes(bytes, "sha256");
}

/** The same for `blobOid`. */
export function blobOidInSteps(bytes: Uint8Array, like: Oid): Generator<number, string> {
  return hashBytes(bytes, blobKind(like));
}

function blobKind(like: Oid): HashKind {
  return like.length === 64 ? "blob256" : "blob";
}

function* hashBytes(bytes: Uint8Array, kind: HashKind): Generator<number, string> {
  const known = hashed.get(bytes)?.get(kind);
  if (known !== undefined) return known;
  const hash = kind === "blob" ? sha1.create() : sha256.create();
  if (kind !== "sha256") hash.update(utf8ToBytes(`blob ${bytes.length}\0`));
  for (let at = 0; at < bytes.length; at += STEP) {
    const step = bytes.subarray(at, at + STEP);
    hash.update(step);
    yield step.length;
  }
  const hex = bytesToHex(hash.digest());
  const all = hashed.get(bytes) ?? new Map<HashKind, string>();
  hashed.set(bytes, all.set(kind, hex));
  return hex;
}

function finish<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
