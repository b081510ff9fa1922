import { setImmediate } from "node:timers/promises";
import { contentDigest, type PackageFile } from "../../../core/files/package-file.ts";
import { blobOidInSteps, sha256InSteps } from "../../../core/identity/hash.ts";
import type { ObjectFormat } from "../../../core/identity/oid.ts";

/** Bytes that are hashed in one turn of the event loop. */
const TURN_BYTES = 256 * 1024;

/** Computes the ids of blobs in turns of the event loop, so that later synchronous code finds them cached. */
export async function precomputeBlobOids(files: Iterable<Uint8Array>, objectFormat: ObjectFormat): Promise<void> {
  await hashInTurns(files, (bytes) => blobOidInSteps(bytes, objectFormat));
}

/** `contentDigest` of files of any size, computed in turns of the event loop. */
export async function digestOf(files: readonly PackageFile[]): Promise<string> {
  const contents = files.flatMap(({ bytes }) => bytes ?? []);
  await hashInTurns(contents, sha256InSteps);
  return contentDigest(files);
}

async function hashInTurns(files: Iterable<Uint8Array>, steps: (bytes: Uint8Array) => Iterable<number>): Promise<void> {
  let hashed = 0;
  for (const bytes of files) {
    for (const step of steps(bytes)) {
      hashed += step;
      if (hashed < TURN_BYTES) continue;
      hashed = 0;
      await setImmediate();
    }
  }
}
