import { isMap, type Node, type YAMLMap } from "yaml";
import { metaOf } from "../render/resource.ts";
import { NotWritable } from "../yaml-edit/print-document.ts";
import { printFile } from "../yaml-edit/print-file.ts";
import { readYamlFile } from "../yaml-edit/yaml-file.ts";
import type { ListedConflict } from "./conflict-list.ts";
import { setAtPath } from "./conflict-path.ts";
import { MAX_FIELD } from "./conflicts.ts";

/** The files of a package, while fields that were in conflict get other values. */
export class EditedFiles {
  readonly #files: ReadonlyMap<string, string>;
  readonly #changed = new Map<string, string>();

  constructor(files: ReadonlyMap<string, string>) {
    this.#files = files;
  }

  /** Path → new text. */
  changes(): ReadonlyMap<string, string> {
    return this.#changed;
  }

  /**
   * Sets the field of a conflict, or removes it with undefined. False where it is not found, or can only be edited by
   * hand: the path of a very deep field is cut off.
   */
  set({ file, resource, field }: ListedConflict, value: Node | undefined): boolean {
    const text = this.#changed.get(file) ?? this.#files.get(file);
    if (text === undefined || field === "" || field.length >= MAX_FIELD) return false;
    const read = readYamlFile(text);
    if ("problems" in read) return false;
    const roots = read.documents.flatMap(({ document: { contents } }) => (isMap(contents) ? [contents] : []));
    const [root, other] = roots.filter((one) => resource === "" || identify(one) === resource);
    if (root === undefined || other !== undefined || !setAtPath(root, field, value)) return false;
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
