import { digestOf } from "./local-files.ts";
import type { FolderState } from "./state.ts";

/**
 * The state after both sides got the same version of these files: later changes are compared with it, and their
 * conflicts are over.
 * @param version path → bytes of that version; a path that it lacks was removed
 */
export function withBase(
  state: FolderState,
  paths: Iterable<string>,
  version: ReadonlyMap<string, Uint8Array>,
): FolderState {
  const files = new Map(Object.entries(state.files));
  const conflicts = new Map(Object.entries(state.conflicts));
  for (const path of paths) {
    const bytes = version.get(path);
    if (bytes === undefined) files.delete(path);
    else files.set(path, digestOf(bytes));
    conflicts.delete(path);
  }
  return { ...state, files: Object.fromEntries(files), conflicts: Object.fromEntries(conflicts) };
}
