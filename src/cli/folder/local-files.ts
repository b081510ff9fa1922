import { lstat, mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { filePathProblem } from "../../core/files/file-path.ts";
import { MAX_ENTRIES } from "../../core/files/path-tree.ts";
import { sha256Hex } from "../../core/identity/hash.ts";
import { CliError } from "../cli-error.ts";
import { printableLine } from "../output/printable.ts";
import { STATE_FILE } from "./state.ts";

/** Belong to no package: the state, also while it is written, and a Git repository that the user made of the folder. */
const OWN: ReadonlySet<string> = new Set([STATE_FILE, `${STATE_FILE}.new`, ".git"]);

/** True for a path that belongs to the folder, and not to the package; on any file system. */
export function isOfFolder(path: string): boolean {
  return OWN.has((path.split("/", 1)[0] ?? "").toLowerCase());
}

const MAX_PROBLEMS = 20;
/** Far more than the objects of a package can hold. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * The files of a folder, sorted by their paths. Throws a CliError that names everything that cannot be part of a
 * package: links, special files, unusual names.
 */
export async function readFolder(dir: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = await listFolder(dir);
  const files = new Map<string, Uint8Array>();
  let size = 0;
  for (const path of entries) {
    size += (await lstat(join(dir, path))).size;
    if (size > MAX_BYTES) throw new CliError("error", `${dir} has more than ${MAX_BYTES} bytes of files`);
    files.set(path, await readFile(join(dir, path)));
  }
  return files;
}

/**
 * The same for a folder that the user has named.
 * @throws CliError notFound if it does not exist
 */
export async function readNamedFolder(dir: string): Promise<ReadonlyMap<string, Uint8Array>> {
  return await readFolder(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") throw new CliError("notFound", `${dir} is no folder`);
    throw error;
  });
}

async function listFolder(dir: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const problems: string[] = [];
  let count = 0;
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(dir, folder), { withFileTypes: true })) {
      if (folder === "" && isOfFolder(entry.name)) continue;
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (++count > MAX_ENTRIES) throw new CliError("error", `${dir} has more than ${MAX_ENTRIES} files and folders`);
      const problem = entry.isFile() || entry.isDirectory() ? filePathProblem(path) : "is a link, or no file";
      if (problem !== undefined) problems.push(`${printableLine(path)} ${problem}`);
      else if (entry.isDirectory()) await visit(path);
      else paths.push(path);
    }
  };
  await visit("");
  if (problems.length > 0) {
    const shown = problems.slice(0, MAX_PROBLEMS);
    throw new CliError("refused", `${dir} has what no package can have: remove it, or move it elsewhere`, shown);
  }
  return paths.sort();
}

export function digestOf(bytes: Uint8Array): string {
  return sha256Hex(bytes);
}

export function digestsOf(files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, string> {
  return new Map([...files].map(([path, bytes]) => [path, digestOf(bytes)] as const));
}

/**
 * Writes and removes files of a folder. Its own links are refused by {@link readFolder}, which is called before.
 * @param changes path → bytes; undefined removes the file, and folders that become empty
 */
export async function writeFiles(dir: string, changes: ReadonlyMap<string, Uint8Array | undefined>): Promise<void> {
  for (const [path, bytes] of changes) if (bytes === undefined) await removeFile(dir, path);
  for (const [path, bytes] of changes) {
    if (bytes === undefined) continue;
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), bytes);
  }
}

/** Writes the files of an empty folder. Two names that are one on this file system are an error, and not one file. */
export async function writeNewFiles(dir: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), bytes, { flag: "wx" });
  }
}

async function removeFile(dir: string, path: string): Promise<void> {
  await rm(join(dir, path), { force: true });
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
    const isEmpty = await rmdir(join(dir, folder)).then(
      () => true,
      () => false,
    );
    if (!isEmpty) return;
  }
}

/** A folder as a message shows it: relative to the current one, if it is below. */
export function displayPath(cwd: string, dir: string): string {
  const path = relative(cwd, dir);
  return path === "" ? "." : path.startsWith(`..${sep}`) || path === ".." ? dir : path;
}
