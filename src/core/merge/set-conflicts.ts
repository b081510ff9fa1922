import { CONFLICTS_PATH } from "./conflict-file.ts";
import { type ConflictEntry, isMeant, type ListedConflict, readConflictList, type Which } from "./conflict-list.ts";
import { readYamlValue } from "./conflict-value.ts";
import { EditedFiles } from "./edited-files.ts";
import type { Resolved } from "./resolve-conflicts.ts";

/** Why a value cannot be set. */
export type SettingProblem =
  /** No conflict has such a field. */
  | { readonly kind: "unknown"; readonly open: readonly ListedConflict[] }
  /** Several resources or files have a conflict of the field. */
  | { readonly kind: "ambiguous"; readonly field: string; readonly open: readonly ListedConflict[] }
  | { readonly kind: "invalidValue"; readonly field: string; readonly why: string }
  /** The place of the field is not found. */
  | { readonly kind: "byHand"; readonly conflict: ListedConflict };

export type SettingResult =
  | { readonly kind: "set"; readonly result: Resolved }
  | { readonly kind: "refused"; readonly setting: string; readonly problem: SettingProblem };

/**
 * Gives fields that are in conflict values of the user's choice, all of them or none. Undefined if the files have no
 * conflicts, or none that can be read. Pure.
 * @param files path → text
 * @param settings `FIELD=VALUE`: the field as the list names it, the value in YAML
 * @param which among the conflicts of a field
 */
export function setConflicts(
  files: ReadonlyMap<string, string>,
  settings: readonly string[],
  which: Omit<Which, "field">,
): SettingResult | undefined {
  const list = readConflictList(files);
  if (list === undefined) return undefined;
  const edited = new EditedFiles(files);
  const resolved = new Set<ConflictEntry>();
  for (const setting of settings) {
    const open = list.entries.filter((entry) => !resolved.has(entry));
    const found = setOne(edited, open, setting, which);
    if (found.kind !== "set") return { kind: "refused", setting, problem: found };
    for (const entry of found.entries) resolved.add(entry);
  }
  const { remaining, text } = list.without(resolved);
  const changes = new Map([...edited.changes(), [CONFLICTS_PATH, text] as const]);
  return { kind: "set", result: { changes, resolved: [...resolved], left: [], remaining } };
}

/** With the conflicts that the value resolves: a text that is merged by lines may have several. */
function setOne(
  edited: EditedFiles,
  open: readonly ConflictEntry[],
  setting: string,
  which: Omit<Which, "field">,
): { readonly kind: "set"; readonly entries: readonly ConflictEntry[] } | SettingProblem {
  const found = open.filter((entry) => isMeant(entry, which) && isOf(setting, entry));
  const [first] = found;
  if (first === undefined) return { kind: "unknown", open };
  const { file, resource, field } = first;
  if (!found.every((entry) => isMeant(entry, { file, resource, field })))
    return { kind: "ambiguous", field, open: found };
  const value = readYamlValue(setting.slice(field.length + 1));
  if ("problem" in value) return { kind: "invalidValue", field, why: value.problem };
  return edited.set(first, value.node) ? { kind: "set", entries: found } : { kind: "byHand", conflict: first };
}

/** A field may have equals signs in it, as in `containers[name=web].image`: the list decides where it ends. */
function isOf(setting: string, { field }: ListedConflict): boolean {
  return field !== "" && setting.startsWith(`${field}=`);
}
