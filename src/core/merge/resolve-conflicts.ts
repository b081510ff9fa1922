import { isMap, type YAMLMap } from "yaml";
import { scalarAt, seqAt, stringAt } from "../render/nodes/read.ts";
import { metaOf } from "../render/resource.ts";
import { NotWritable } from "../yaml-edit/print-document.ts";
import { printFile } from "../yaml-edit/print-file.ts";
import { readYamlFile } from "../yaml-edit/yaml-file.ts";
import { CONFLICTS_PATH } from "./conflict-file.ts";
import { setAtPath } from "./conflict-path.ts";

export interface Resolution {
  /** The values that the package gets. */
  readonly side: "local" | "upstream";
  /** Only the conflicts of this file, and of this field. */
  readonly file?: string | undefined;
  readonly field?: string | undefined;
}

/** An entry of the file of conflicts. */
export interface ListedConflict {
  readonly kind: string;
  readonly file: string;
  readonly resource: string;
  readonly field: string;
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
 * Resolves conflicts of an upgrade, and removes them from the file that lists them. Undefined if the files have none,
 * or none that can be read. Pure.
 * @param files path → text
 */
export function resolveConflicts(files: ReadonlyMap<string, string>, resolution: Resolution): Resolved | undefined {
  const list = readYamlFile(files.get(CONFLICTS_PATH) ?? "");
  if ("problems" in list) return undefined;
  const root = list.documents[0]?.document.contents;
  const entries = seqAt(root, "conflicts");
  if (!isMap(root) || entries === undefined) return undefined;
  const edited = new EditedFiles(files);
  const [resolved, left]: [ListedConflict[], ListedConflict[]] = [[], []];
  entries.items = entries.items.filter((entry) => {
    if (!isMap(entry) || !isChosen(entry, resolution)) return true;
    const isResolved = resolution.side === "local" || edited.takeUpstream(entry);
    (isResolved ? resolved : left).push(describe(entry));
    return !isResolved;
  });
  const remaining = entries.items.length + Number(scalarAt(root, "notListed")?.value ?? 0);
  const isAll = resolution.side === "local" && resolution.file === undefined && resolution.field === undefined;
  const rest = isAll || remaining === 0 ? null : printFile(list, list.documents);
  const changes = new Map([...edited.changes(), [CONFLICTS_PATH, rest] as const]);
  return { changes, resolved, left, remaining: isAll ? 0 : remaining };
}

function isChosen(entry: YAMLMap, { file, field }: Resolution): boolean {
  return (
    (file === undefined || stringAt(entry, "file") === file) &&
    (field === undefined || stringAt(entry, "field") === field)
  );
}

function describe(entry: YAMLMap): ListedConflict {
  const [kind, file, resource, field] = ["kind", "file", "resource", "field"].map((key) => stringAt(entry, key));
  return { kind: kind ?? "", file: file ?? "", resource: resource ?? "", field: field ?? "" };
}

/** The files of the package, while values of upstream are put into them. */
class EditedFiles {
  readonly #files: ReadonlyMap<string, string>;
  readonly #changed = new Map<string, string>();

  constructor(files: ReadonlyMap<string, string>) {
    this.#files = files;
  }

  changes(): Iterable<readonly [string, string]> {
    return this.#changed;
  }

  /** False where the list does not have the value, or its place is not found: the user sees both there. */
  takeUpstream(entry: YAMLMap): boolean {
    const { kind, file, resource, field } = describe(entry);
    const text = this.#changed.get(file) ?? this.#files.get(file);
    const isListed = kind === "field" && stringAt(entry, "cut") === "" && stringAt(entry, "secret") === "";
    if (!isListed || text === undefined || field === "") return false;
    const read = readYamlFile(text);
    if ("problems" in read) return false;
    const roots = read.documents.flatMap(({ document: { contents } }) => (isMap(contents) ? [contents] : []));
    const [root, other] = roots.filter((one) => resource === "" || identify(one) === resource);
    if (root === undefined || other !== undefined) return false;
    const value = scalarAt(entry, "upstream")?.value;
    if (!setAtPath(root, field, value === undefined ? undefined : String(value))) return false;
    return this.#write(file, () => printFile(read, read.documents));
  }

  #write(file: string, print: () => string): boolean {
    try {
      this.#changed.set(file, print());
      return true;
    } catch (error) {
      if (!(error instanceof NotWritable)) throw error;
      return false;
    }
  }
}

function identify(root: YAMLMap): string {
  const { apiVersion, kind, name, namespace } = metaOf(root);
  return `${apiVersion} ${kind} ${namespace === undefined || namespace === "" ? name : `${namespace}/${name}`}`;
}
