import { setImmediate } from "node:timers/promises";
import type { Oid } from "../../core/change/change.ts";
import { hashInSteps } from "../../core/identity/hash.ts";
import { contentDigest, type PackageFile } from "../../core/resources/package-file.ts";

/** As many bytes are hashed before others have their turn. */
const TURN = 256 * 1024;

/** Hashes files while others have their turns, so that whoever decides on them afterwards need not compute for long. */
export async function hashAhead(files: Iterable<Uint8Array>, like: Oid): Promise<void> {
  let taken = 0;
  for (const bytes of files) {
    for (const step of hashInSteps(bytes, like)) {
      taken += step;
      if (taken < TURN) continue;
      taken = 0;
      await setImmediate();
    }
  }
}

/** `contentDigest` of files of any size. */
export async function digestOf(files: readonly PackageFile[]): Promise<string> {
  const like = files[0]?.oid ?? "";
  await hashAhead(
    files.flatMap(({ bytes }) => bytes ?? []),
    like,
  );
  return contentDigest(files);
}
