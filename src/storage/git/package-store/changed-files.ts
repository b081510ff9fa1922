import { relativeTo } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { ChangedFiles } from "../../../core/ports/package-store.ts";
import type { TreeFile } from "../objects/object-reader.ts";
import type { PackageReader } from "./mirror-reader.ts";

/** A package's folder in one commit, and the packages below that are no part of it. */
export interface FolderState {
  readonly tree?: Oid | undefined;
  readonly nested: readonly string[];
}

/** The files that differ between a folder and any of several earlier states of it. Reads trees alone. */
export async function changedFiles(
  reader: PackageReader,
  path: string,
  after: FolderState,
  earlier: readonly FolderState[],
): Promise<ChangedFiles> {
  const list = async ({ tree, nested }: FolderState): Promise<ReadonlyMap<string, TreeFile>> => {
    if (tree === undefined) return new Map();
    const files = await reader.files(tree, { except: relativeTo(path, nested) });
    return new Map(files.map((file) => [file.path, file] as const));
  };
  const next = await list(after);
  const [changed, modes] = [new Set<string>(), new Set<string>()];
  for (const state of earlier) {
    const before = await list(state);
    for (const [file, { mode, oid }] of next) {
      const was = before.get(file);
      if (was?.oid !== oid || was.mode !== mode) changed.add(file);
      if (was !== undefined && was.mode !== mode) modes.add(file);
    }
    for (const file of before.keys()) if (!next.has(file)) changed.add(file);
  }
  return { paths: [...changed], modes: [...modes] };
}
