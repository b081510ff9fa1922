import type { PackageFile } from "../../../core/files/package-file.ts";
import { blobOid } from "../../../core/identity/hash.ts";
import type { ObjectFormat } from "../../../core/identity/oid.ts";
import { CONFLICTS_PATH, writeConflicts } from "../../../core/merge/conflict-file.ts";
import type { MergeResult } from "../../../core/merge/merge-call.ts";
import type { MergedFile } from "../../../core/merge/merge-trees.ts";
import type { FileToWrite } from "../../../core/ports/package-store.ts";

/** A list of conflicts is a draft's own. */
export function withoutConflicts(files: readonly PackageFile[]): readonly PackageFile[] {
  return files.filter(({ path }) => path !== CONFLICTS_PATH);
}

/**
 * The files of a merge, with a list of its conflicts, if there are any.
 * @param upstream what was merged: `blue/net/dns v2`
 */
export function mergedFiles(
  { files, conflicts, conflictCount }: MergeResult,
  upstream: string,
  objectFormat: ObjectFormat,
): readonly (FileToWrite & PackageFile)[] {
  const list = { upstream, conflicts, count: conflictCount };
  const added: readonly MergedFile[] =
    conflictCount === 0 ? [] : [{ path: CONFLICTS_PATH, mode: "100644", bytes: writeConflicts(list) }];
  return [...files, ...added].map(({ path, mode, bytes, oid }): FileToWrite & PackageFile => {
    if (oid !== undefined) return { path, mode, oid, ...(bytes !== undefined && { bytes }) };
    const content = bytes ?? new Uint8Array();
    return { path, mode, bytes: content, oid: blobOid(content, objectFormat) };
  });
}
