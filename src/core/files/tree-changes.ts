import type { PackageFile } from "./package-file.ts";
import type { TreeEdit } from "./tree-edit.ts";

/**
 * The tree edits that turn all files of a package, with those that are not shown, into others: modes, symlinks and
 * submodules as well. Empty for equal ones.
 */
export function treeChanges(
  folder: string,
  before: readonly PackageFile[],
  after: readonly PackageFile[],
): readonly TreeEdit[] {
  const known = new Map(before.map((file) => [file.path, file]));
  const kept = new Set(after.map(({ path }) => path));
  const removed = before
    .filter(({ path }) => !kept.has(path))
    .map(({ path }): TreeEdit => ({ kind: "remove", path: `${folder}/${path}` }));
  const put = after
    .filter(({ path, mode, oid }) => known.get(path)?.oid !== oid || known.get(path)?.mode !== mode)
    .map(({ path: name, mode, oid, bytes }): TreeEdit => {
      const path = `${folder}/${name}`;
      return bytes === undefined ? { kind: "putObject", path, mode, oid } : { kind: "putFile", path, mode, bytes };
    });
  // Removals first: a folder may replace a file, or a file a folder.
  return [...removed, ...put];
}
