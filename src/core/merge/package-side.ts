import { isMap, isScalar, type Node } from "yaml";
import { sameBytes } from "../files/package-file.ts";
import { utf8Text } from "../files/utf8-text.ts";
import { isRenderedOutput } from "../render/kform/outputs.ts";
import { isKrmFile } from "../render/packages.ts";
import { groupOf, metaOf } from "../render/resource.ts";
import { type EditableDocument, readYamlFile, type YamlFile } from "../yaml-edit/yaml-file.ts";
import type { Three } from "./three.ts";

/** Path → bytes. */
export type FileMap = ReadonlyMap<string, Uint8Array>;

/** What tells which documents of two sides belong together. */
export interface MatchedDocument {
  readonly path: string;
  readonly root: Node;
  /** Among those of its file. */
  readonly index: number;
  /** Of a Kubernetes object; absent for another document. */
  readonly object?: {
    readonly group: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace: string;
  };
}

/** A document of a YAML file that has something in it. */
export interface SideDocument extends MatchedDocument {
  readonly file: YamlFile;
  readonly document: EditableDocument;
}

/** What one side has of the files that are merged. */
export interface PackageSide {
  readonly documents: readonly SideDocument[];
  readonly yaml: ReadonlyMap<string, YamlFile>;
  /** Files that are no YAML, on this side or another one. */
  readonly others: FileMap;
}

/** Files that a render has made are left out: they are rendered again. */
export function withoutRendered(files: FileMap): FileMap {
  return new Map([...files].filter(([path, bytes]) => !isRendered(path, bytes)));
}

export function isRendered(path: string, bytes: Uint8Array): boolean {
  const text = path.startsWith("out/") ? utf8Text(bytes) : undefined;
  return text !== undefined && isRenderedOutput(path, text);
}

/** The paths at which the three sides do not have the same bytes, sorted. */
export function differingPaths({ base, upstream, local }: Three<FileMap>): readonly string[] {
  const paths = new Set([...base.keys(), ...upstream.keys(), ...local.keys()]);
  return [...paths]
    .filter((path) => {
      const [one, two, three] = [base.get(path), upstream.get(path), local.get(path)];
      return !(one && two && three && sameBytes(one, two) && sameBytes(two, three));
    })
    .sort();
}

/**
 * Reads the files at these paths. One that any side cannot read as YAML, or that has nothing in it but comments, is no
 * YAML on all of them.
 */
export function readSides(files: Three<FileMap>, paths: readonly string[]): Three<PackageSide> {
  const yaml = { base: new Map(), upstream: new Map(), local: new Map() } satisfies Three<Map<string, YamlFile>>;
  const sides = ["base", "upstream", "local"] as const;
  for (const path of paths) {
    if (!isKrmFile(path)) continue;
    const read = sides.map((side) => readYaml(files[side].get(path)));
    if (read.includes("no YAML")) continue;
    for (const [at, side] of sides.entries()) {
      const file = read[at];
      if (typeof file === "object") yaml[side].set(path, file);
    }
  }
  const isYaml = (path: string) => sides.some((side) => yaml[side].has(path));
  const sideOf = (side: keyof Three<unknown>): PackageSide => ({
    documents: [...yaml[side]].flatMap(([path, file]) => documentsOf(path, file)),
    yaml: yaml[side],
    others: new Map(
      paths.flatMap((path) => {
        const bytes = files[side].get(path);
        return bytes === undefined || isYaml(path) ? [] : [[path, bytes] as const];
      }),
    ),
  });
  return { base: sideOf("base"), upstream: sideOf("upstream"), local: sideOf("local") };
}

function readYaml(bytes: Uint8Array | undefined): YamlFile | "no YAML" | undefined {
  if (bytes === undefined) return undefined;
  const text = bytes.includes(0) ? undefined : utf8Text(bytes);
  const file = text === undefined ? undefined : readYamlFile(text);
  if (file === undefined || "problems" in file) return "no YAML";
  return file.documents.some((one) => !isEmpty(one)) ? file : "no YAML";
}

/** True for a document of comments. */
export function isEmpty({ document }: EditableDocument): boolean {
  const root: unknown = document.contents;
  return root === null || (isScalar(root) && root.value === null);
}

function documentsOf(path: string, file: YamlFile): readonly SideDocument[] {
  return file.documents
    .filter((one) => !isEmpty(one))
    .map((document, index) => {
      const root = document.document.contents as Node;
      const object = objectOf(root);
      return { path, file, document, root, index, ...(object !== undefined && { object }) };
    });
}

function objectOf(root: Node): SideDocument["object"] {
  if (!isMap(root)) return undefined;
  const { apiVersion, kind, name, namespace } = metaOf(root);
  return kind === "" || apiVersion === "" ? undefined : { group: groupOf(apiVersion), kind, name, namespace };
}

/** The text of a document in its file, with the markers before it. */
export function textOf({ file, document }: SideDocument): string {
  return file.text.slice(document.start, document.end);
}
