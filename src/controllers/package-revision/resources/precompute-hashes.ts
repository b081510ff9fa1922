import { setImmediate } from "node:timers/promises";
import { contentDigest, type PackageFile } from "../../../core/files/package-file.ts";
import { blobOidInSteps, sha256InSteps } from "../../../core/identity/hash.ts";
import type { ObjectFormat } from "../../../core/identity/oid.ts";

/** As many bytes are hashed before others have their turn. */
const TURN = 256 * 1024;

/** Computes Git's ids of files while others have their turns, so that whoever decides on them afterwards has them at once. */
export async function precomputeBlobOids(files: Iterable<Uint8Array>, objectFormat: ObjectFormat): Promise<void> {
  await takeTurns(files, (bytes) => blobOidInSteps(bytes, objectFormat));
}

/** `contentDigest` of files of any size. */
export async function digestOf(files: readonly PackageFile[]): Promise<string> {
  await takeTurns(
    files.flatMap(({ bytes }) => bytes ?? []),
    sha256InSteps,
  );
  return contentDigest(files);
}

async function takeTurns(files: Iterable<Uint8Array>, steps: (bytes: Uint8Array) => Iterable<number>): Promise<void> {
  let taken = 0;
  for (const bytes of files) {
    for (const step of steps(bytes)) {
      taken += step;
      if (taken < TURN) continue;
      taken = 0;
      await setImmediate();
    }
  }
}
