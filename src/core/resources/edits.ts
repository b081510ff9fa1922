import type { Oid, TreeEdit } from "../change/change.ts";
import { blobOid } from "../identity/hash.ts";
import type { PackageFile } from "./package-file.ts";

/**
 * The edits that turn a package's files in Git into the wanted ones. Files that are not shown stay; a changed file
 * keeps its mode. No edits: nothing changed.
 */
export function planEdits(
  folder: string,
  inGit: readonly PackageFile[],
  wanted: ReadonlyMap<string, Uint8Array>,
  like: Oid,
): readonly TreeEdit[] {
  const removed: TreeEdit[] = [];
  const put: TreeEdit[] = [];
  const known = new Map(inGit.map((file) => [file.path, file] as const));
  for (const file of inGit) {
    if (file.bytes !== undefined && !wanted.has(file.path))
      removed.push({ kind: "remove", path: `${folder}/${file.path}` });
  }
  for (const [path, bytes] of wanted) {
    const file = known.get(path);
    if (file !== undefined && file.oid === blobOid(bytes, like)) continue;
    put.push({ kind: "putFile", path: `${folder}/${path}`, mode: file?.mode ?? "100644", bytes });
  }
  // Removals first: a folder may take the place of a file, or a file that of a folder.
  return [...removed, ...put];
}

/** The files after such edits: what the commit will hold. */
export function applyWanted(
  inGit: readonly PackageFile[],
  wanted: ReadonlyMap<string, Uint8Array>,
  like: Oid,
): readonly PackageFile[] {
  const modes = new Map(inGit.map((file) => [file.path, file.mode] as const));
  const hidden = inGit.filter((file) => file.bytes === undefined);
  const shown = [...wanted].map(([path, bytes]) => {
    return { path, mode: modes.get(path) ?? ("100644" as const), oid: blobOid(bytes, like), bytes };
  });
  return [...hidden, ...shown];
}
