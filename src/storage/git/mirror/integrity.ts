import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { GROUP_SCRIPT_NAME, groupScript } from "../exec/process-group.ts";
import type { BareRepository } from "./bare-repository.ts";

/**
 * True if the repository's configuration and the process group script are unchanged and all `oids` exist. Starts a new
 * git process, because a running one has cached what it has read.
 */
export async function isIntact(repository: BareRepository, oids: readonly string[]): Promise<boolean> {
  for (const name of ["HEAD", "config"]) {
    // Neither file ever changes, and the scratch repository has a copy of both: a difference is damage.
    const own = await readText(join(repository.dir, name));
    if (own === undefined || own !== (await readText(join(repository.scratch, name)))) return false;
  }
  const script = await readText(join(repository.accessDir, GROUP_SCRIPT_NAME));
  if (script !== groupScript(repository.settings.limits)) return false;
  // simple-git does not close the input of git if it is empty.
  if (oids.length === 0) return true;
  const input = oids.map((oid) => `${oid}\n`).join("");
  const { code, stdout } = await repository.tryLocal(["cat-file", "--batch-check"], input);
  return code === 0 && !stdout.includes(" missing\n");
}

async function readText(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}
