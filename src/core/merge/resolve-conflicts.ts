import { scalarAt, stringAt } from "../render/nodes/read.ts";
import { CONFLICTS_PATH } from "./conflict-file.ts";
import { type ConflictEntry, isMeant, type ListedConflict, readConflictList, type Which } from "./conflict-list.ts";
import { readJsonValue } from "./conflict-value.ts";
import { EditedFiles } from "./edited-files.ts";

export interface Resolution extends Which {
  /** The values that the package gets. */
  readonly side: "local" | "upstream";
}

export interface Resolved {
  /** Path → new text; null deletes the file. */
  readonly changes: ReadonlyMap<string, string | null>;
  readonly resolved: readonly ListedConflict[];
  /** Those that were chosen and must be resolved by hand. */
  readonly left: readonly ListedConflict[];
  /** Those that are still in the file. */
  readonly remaining: number;
}

/**
 * Resolves conflicts of an upgrade by the values of one side, and removes them from the file that lists them. Undefined
 * if the files have none, or none that can be read. Pure.
 * @param files path → text
 */
export function resolveConflicts(files: ReadonlyMap<string, string>, resolution: Resolution): Resolved | undefined {
  const list = readConflictList(files);
  if (list === undefined) return undefined;
  const edited = new EditedFiles(files);
  const chosen = list.entries.filter((entry) => isMeant(entry, resolution));
  const resolved = new Set(chosen.filter((entry) => resolution.side === "local" || takeUpstream(edited, entry)));
  const left = chosen.filter((entry) => !resolved.has(entry));
  const { remaining, text } = list.without(resolved);
  const { side, file, resource, field } = resolution;
  // Those that are not listed, too.
  const isAll = side === "local" && file === undefined && resource === undefined && field === undefined;
  const changes = new Map([...edited.changes(), [CONFLICTS_PATH, isAll ? null : text] as const]);
  return { changes, resolved: [...resolved], left, remaining: isAll ? 0 : remaining };
}

/** False where the list does not have the value, or its place is not found: the user sees both there. */
function takeUpstream(edited: EditedFiles, entry: ConflictEntry): boolean {
  const { kind, node } = entry;
  if (kind !== "field" || stringAt(node, "cut") !== "" || stringAt(node, "secret") !== "") return false;
  const json = scalarAt(node, "upstream")?.value;
  if (json === undefined) return edited.set(entry, undefined);
  const value = readJsonValue(String(json));
  return value !== undefined && edited.set(entry, value);
}
