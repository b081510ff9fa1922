import { compare } from "../identity/compare.ts";
import { blobOid } from "../identity/hash.ts";
import type { ObjectFormat } from "../identity/oid.ts";
import { jsonSize, type PackageFile, type ShownFile, type ShownPackage, sameBytes, showFiles } from "./package-file.ts";
import type { FileMode, TreeEdit } from "./tree-edit.ts";

/**
 * The tree edits that turn the files of a package in Git into the wanted ones; empty if nothing changed. Files that the
 * contents objects do not show are kept, and changed files keep their modes.
 */
export function planEdits(
  folder: string,
  inGit: readonly PackageFile[],
  wanted: ReadonlyMap<string, Uint8Array>,
  objectFormat: ObjectFormat,
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
    if (file !== undefined && isSame(file, bytes, objectFormat)) continue;
    put.push({ kind: "putFile", path: `${folder}/${path}`, mode: modeAfterEdit(file), bytes });
  }
  // Removals first: a folder may replace a file, or a file a folder.
  return [...removed, ...put];
}

/**
 * The package after these edits, equal to the package read from the resulting commit. Unchanged files are reused: they
 * cost a comparison only.
 */
export function applyWanted(
  inGit: ShownPackage,
  wanted: ReadonlyMap<string, Uint8Array>,
  objectFormat: ObjectFormat,
): ShownPackage {
  const known = new Map(inGit.files.map((file) => [file.path, file] as const));
  const kept = new Map<string, PackageFile>();
  const changed: PackageFile[] = [];
  for (const [path, bytes] of wanted) {
    const file = known.get(path);
    if (file !== undefined && isSame(file, bytes, objectFormat)) kept.set(path, file);
    else changed.push({ path, mode: modeAfterEdit(file), oid: blobOid(bytes, objectFormat), bytes });
  }
  if (changed.length === 0 && kept.size === inGit.shown.length) return inGit;
  const isKept = ({ path }: ShownFile) => kept.has(path);
  const removed = inGit.shown.filter((file) => !isKept(file));
  const added = showFiles(changed);
  const notShown = inGit.files.filter((file) => file.bytes === undefined);
  return {
    shown: [...inGit.shown.filter(isKept), ...added.shown].sort(byPath),
    hidden: [...inGit.hidden, ...added.hidden].sort(byPath),
    files: [...notShown, ...kept.values(), ...added.files].sort(byPath),
    size: inGit.size - removed.reduce((sum, file) => sum + jsonSize(file), 0) + added.size,
  };
}

/** An edit keeps the mode of a file; undefined, a new file, is not executable. */
export function modeAfterEdit(file: Pick<PackageFile, "mode"> | undefined): FileMode {
  return file?.mode ?? "100644";
}

function isSame(file: PackageFile, bytes: Uint8Array, objectFormat: ObjectFormat): boolean {
  return file.bytes === undefined ? file.oid === blobOid(bytes, objectFormat) : sameBytes(file.bytes, bytes);
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return compare(a.path, b.path);
}
