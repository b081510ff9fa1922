import { isMap, type YAMLMap } from "yaml";
import { scalarAt, seqAt, stringAt } from "../render/nodes/read.ts";
import { printFile } from "../yaml-edit/print-file.ts";
import { readYamlFile } from "../yaml-edit/yaml-file.ts";
import { CONFLICTS_PATH } from "./conflict-file.ts";

/** Which conflicts are meant: those of this file, resource and field, as the list names them. */
export interface Which {
  readonly file?: string | undefined;
  readonly resource?: string | undefined;
  readonly field?: string | undefined;
}

/** An entry of the file of conflicts; empty where it says nothing. */
export interface ListedConflict {
  readonly kind: string;
  readonly file: string;
  readonly resource: string;
  readonly field: string;
}

export interface ConflictEntry extends ListedConflict {
  readonly node: YAMLMap;
}

/** The file of conflicts, of which entries can be removed. */
export interface ConflictList {
  readonly entries: readonly ConflictEntry[];
  /** Keeps the entries without these. Returns the number of those that are left, and the text: null without any. */
  readonly without: (resolved: ReadonlySet<ConflictEntry>) => { readonly remaining: number; text: string | null };
}

/**
 * Undefined if the files have no list, or one that cannot be read. Pure.
 * @param files path → text
 */
export function readConflictList(files: ReadonlyMap<string, string>): ConflictList | undefined {
  const list = readYamlFile(files.get(CONFLICTS_PATH) ?? "");
  if ("problems" in list) return undefined;
  const root = list.documents[0]?.document.contents;
  const items = seqAt(root, "conflicts");
  if (!isMap(root) || items === undefined) return undefined;
  const entries = items.items.flatMap((node) => (isMap(node) ? [{ ...describe(node), node }] : []));
  const without: ConflictList["without"] = (resolved) => {
    const gone = new Set<unknown>([...resolved].map(({ node }) => node));
    items.items = items.items.filter((node) => !gone.has(node));
    const remaining = items.items.length + Number(scalarAt(root, "notListed")?.value ?? 0);
    return { remaining, text: remaining === 0 ? null : printFile(list, list.documents) };
  };
  return { entries, without };
}

export function isMeant(entry: ListedConflict, { file, resource, field }: Which): boolean {
  return (
    (file === undefined || entry.file === file) &&
    (resource === undefined || entry.resource === resource) &&
    (field === undefined || entry.field === field)
  );
}

function describe(entry: YAMLMap): ListedConflict {
  const [kind, file, resource, field] = ["kind", "file", "resource", "field"].map((key) => stringAt(entry, key));
  return { kind: kind ?? "", file: file ?? "", resource: resource ?? "", field: field ?? "" };
}
