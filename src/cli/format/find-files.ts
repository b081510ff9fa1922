import { lstat, readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { MAX_ENTRIES } from "../../core/files/path-tree.ts";
import { yamlCheck } from "../../core/validation/checks/yaml.ts";
import { ExcludedFiles, IGNORE_FILE } from "../../core/validation/ignore/ignore-file.ts";
import { CliError } from "../cli-error.ts";

/**
 * The paths of the YAML files that folders and files stand for, each once, sorted within a folder. Links are not
 * followed, and what a .krmignore excludes is left out. A file that is named is taken, whatever it is called.
 * @throws CliError refused for a link that is named; error for a folder with too many files
 */
export async function findYamlFiles(cwd: string, named: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const name of named) {
    const path = resolve(cwd, name);
    const entry = await lstat(path);
    if (entry.isDirectory()) for (const file of await listYamlFiles(path)) found.add(join(path, file));
    else if (entry.isFile()) found.add(path);
    else throw new CliError("refused", `${JSON.stringify(name)} is a link, or no file: name what it leads to`);
  }
  return [...found];
}

async function listYamlFiles(dir: string): Promise<readonly string[]> {
  const files: string[] = [];
  const ignore: { readonly path: string; readonly bytes: Uint8Array }[] = [];
  let count = 0;
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(dir, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (++count > MAX_ENTRIES) throw new CliError("error", `${dir} has more than ${MAX_ENTRIES} files and folders`);
      if (entry.isDirectory() && entry.name !== ".git") await visit(path);
      else if (entry.isFile() && basename(path) === IGNORE_FILE)
        ignore.push({ path, bytes: await readFile(join(dir, path)) });
      else if (entry.isFile() && yamlCheck.applies(path)) files.push(path);
    }
  };
  await visit("");
  const excluded = new ExcludedFiles(ignore);
  return files.filter((path) => !excluded.has(path)).sort();
}
