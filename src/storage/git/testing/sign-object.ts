import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Oid, objectFormatOf } from "../../../core/identity/oid.ts";
import type { GitSigning } from "../signing/keyring.ts";
import type { TestRepository } from "./repositories.ts";

/** Writes a signed copy of a commit or tag of the remote; returns its id. */
export async function signObject(
  repository: TestRepository,
  type: "commit" | "tag",
  oid: Oid,
  signing: Pick<GitSigning, "sign">,
): Promise<Oid> {
  // The helper cuts the last newline off.
  const object = Buffer.from(`${await repository.git("cat-file", type, oid)}\n`);
  const file = join(repository.folder, "signed");
  await writeFile(file, signing.sign(type, object, objectFormatOf(oid)));
  return await repository.git("hash-object", "-t", type, "-w", file);
}
