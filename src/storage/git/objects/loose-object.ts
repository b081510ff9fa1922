import { createHash, randomBytes } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import type { ObjectFormat, Oid } from "../../../core/identity/oid.ts";
import { mkdirp } from "../exec/mkdirp.ts";

const compress = promisify(deflate);

/** An object with the header that git hashes and stores. */
export interface LooseObject {
  readonly oid: Oid;
  readonly bytes: Buffer;
}

export function looseObject(type: "commit" | "tag", contents: Buffer, format: ObjectFormat): LooseObject {
  const bytes = Buffer.concat([Buffer.from(`${type} ${contents.length}\0`), contents]);
  return { oid: createHash(format).update(bytes).digest("hex"), bytes };
}

/**
 * Writes an object into an object database, as git does: a temporary file that is renamed, so that no reader finds a
 * part of it. A process that ends before leaves a file that `removeUnfinishedFiles` knows. Throws the system's file
 * errors.
 */
export async function writeLooseObject(objectsDir: string, { oid, bytes }: LooseObject): Promise<void> {
  const folder = join(objectsDir, oid.slice(0, 2));
  await mkdirp(folder);
  const temporary = join(folder, `tmp_obj_${randomBytes(8).toString("hex")}`);
  await writeFile(temporary, await compress(bytes), { mode: 0o444, flag: "wx" });
  await rename(temporary, join(folder, oid.slice(2)));
}
