import { opendir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { MAX_ENTRIES } from "../../core/files/path-tree.ts";
import type { FoundDefinitions, PublishedFile } from "../../core/processing/outside-objects.ts";
import { yamlCheck } from "../../core/validation/checks/yaml.ts";
import { namedApiVersions } from "../../core/validation/schema/named-api-versions.ts";
import { CliError } from "../cli-error.ts";
import { displayPath } from "./local-files.ts";

/** Of the YAML files in one place. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Of those among them that define kinds which the package may have. */
const MAX_DEFINITIONS = 64 * 1024 * 1024;

/**
 * The files in folders, such as catalogs, that define kinds of the groups that a package names. Links are not followed.
 * @param places files and folders that the user has named
 * @throws CliError notFound for a place that does not exist, error for what is larger than a catalog
 */
export async function findDefinitions(
  cwd: string,
  places: readonly string[],
  files: ReadonlyMap<string, Uint8Array>,
): Promise<FoundDefinitions> {
  const groups = [...namedApiVersions(files)].flatMap((one) => (one.includes("/") ? [one.split("/", 1)[0] ?? ""] : []));
  const found: PublishedFile[] = [];
  let size = 0;
  for (const place of places) {
    let total = 0;
    for (const path of await yamlFiles(resolve(cwd, place))) {
      total += (await stat(path)).size;
      if (total > MAX_BYTES) throw new CliError("error", `${place} has more than ${MAX_BYTES} bytes of YAML`);
      const bytes = await readFile(path);
      const isWanted = bytes.includes("CustomResourceDefinition") && groups.some((group) => bytes.includes(group));
      if (!isWanted) continue;
      size += bytes.length;
      if (size > MAX_DEFINITIONS) throw new CliError("error", `${place} has too many definitions to be read`);
      found.push({ path, source: displayPath(cwd, path), bytes });
    }
  }
  return { files: found, isTooMuch: false };
}

/** A file itself, or the YAML files in a folder, sorted. */
async function yamlFiles(place: string): Promise<readonly string[]> {
  const kind = await stat(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") throw new CliError("notFound", `${place} does not exist`);
    throw error;
  });
  if (!kind.isDirectory()) return [place];
  const paths: string[] = [];
  let count = 0;
  const visit = async (folder: string): Promise<void> => {
    for await (const entry of await opendir(folder)) {
      if (entry.name === ".git") continue;
      if (++count > MAX_ENTRIES) throw new CliError("error", `${place} has more than ${MAX_ENTRIES} files and folders`);
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await visit(path);
      else if (entry.isFile() && yamlCheck.applies(path)) paths.push(path);
    }
  };
  await visit(place);
  return paths.sort();
}
