import { relativeTo } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { PackageReader } from "./mirror-reader.ts";

/** A package's folder in one commit, and the packages below that are no part of it. */
export interface FolderState {
  readonly tree?: Oid | undefined;
  readonly nested: readonly string[];
}

/** The paths of files that differ between a folder and any of several earlier states of it. Reads trees alone. */
export async function changedFiles(
  reader: PackageReader,
  path: string,
  after: FolderState,
  earlier: readonly FolderState[],
): Promise<readonly string[]> {
  const list = async ({ tree, nested }: FolderState): Promise<ReadonlyMap<string, string>> => {
    if (tree === undefined) return new Map();
    const files = await reader.files(tree, { except: relativeTo(path, nested) });
    return new Map(files.map((file) => [file.path, `${file.mode} ${file.oid}`] as const));
  };
  const next = await list(after);
  const changed = new Set<string>();
  for (const state of earlier) {
    const before = await list(state);
    for (const [file, id] of next) if (before.get(file) !== id) changed.add(file);
    for (const file of before.keys()) if (!next.has(file)) changed.add(file);
  }
  return [...changed];
}
