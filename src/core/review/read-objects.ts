import { isMap, type Node, type YAMLMap } from "yaml";
import type { MatchedDocument } from "../merge/package-side.ts";
import { hasAliases } from "../render/external/aliases.ts";
import { nodeOf } from "../render/external/plain-nodes.ts";
import { isKrmFile } from "../render/packages.ts";
import { groupOf, type Meta, metaOf } from "../render/resource.ts";
import { yamlCheck } from "../validation/checks/yaml.ts";
import { type ParsedObject, parseObjects } from "../validation/objects/parse-objects.ts";
import { type ReadYaml, readYaml } from "../validation/yaml/check-yaml.ts";
import type { FilePair } from "./file-pairs.ts";

/** A Kubernetes object of one side; the items of lists are objects of their own. */
export interface ReviewObject extends MatchedDocument {
  readonly object: NonNullable<MatchedDocument["object"]>;
  readonly apiVersion: string;
  /** What programs read of it. */
  readonly value: Readonly<Record<string, unknown>>;
}

export interface ReviewObjects {
  readonly before: readonly ReviewObject[];
  readonly after: readonly ReviewObject[];
  /** Paths of YAML files whose objects are not compared: they cannot be read, or there is too much. */
  readonly unread: readonly string[];
  /** Paths of files that have something beside objects, one in each document, on either side. */
  readonly mixed: ReadonlySet<string>;
}

/** Bytes of YAML on both sides that are read: the first files. Takes half a second, in flow style several seconds. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Objects of one side. */
const MAX_OBJECTS = 5_000;

/**
 * The objects in files that differ. A file that one side cannot read is left out on both: its objects would seem to be
 * removed, or new. Blocks of the package language count as well as what a render makes of them: there are tools that
 * apply both.
 */
export function readObjects(pairs: readonly FilePair[]): ReviewObjects {
  const [before, after]: [ReviewObject[], ReviewObject[]] = [[], []];
  const unread: string[] = [];
  const mixed = new Set<string>();
  let bytes = 0;
  for (const pair of pairs) {
    if (!isYaml(pair.path) && !isYaml(pair.was ?? pair.path)) continue;
    bytes += sizeOf(pair.before) + sizeOf(pair.after);
    const first = bytes > MAX_BYTES ? undefined : objectsOf(pair.was ?? pair.path, pair.before);
    const second = first && objectsOf(pair.path, pair.after);
    const isRead = first !== undefined && second !== undefined;
    const fits = (all: readonly ReviewObject[], more: FileObjects) => all.length + more.objects.length <= MAX_OBJECTS;
    if (isRead && fits(before, first) && fits(after, second)) {
      before.push(...first.objects);
      after.push(...second.objects);
      if (first.isMixed || second.isMixed) mixed.add(pair.path);
    } else unread.push(pair.path);
  }
  return { before, after, unread, mixed };
}

export function isYaml(path: string): boolean {
  return isKrmFile(path) || yamlCheck.applies(path);
}

function sizeOf(file: FilePair["before"]): number {
  return file instanceof Uint8Array ? file.length : 0;
}

interface FileObjects {
  readonly objects: readonly ReviewObject[];
  readonly isMixed: boolean;
}

/** Undefined for a file that cannot be read, or is in Git only. */
function objectsOf(path: string, file: FilePair["before"]): FileObjects | undefined {
  if (file === undefined) return { objects: [], isMixed: false };
  if (!(file instanceof Uint8Array)) return undefined;
  let documents = 0;
  const read: ReadYaml = (bytes) => {
    const reading = readYaml(bytes);
    if ("documents" in reading) documents = reading.documents.filter(({ contents }) => contents !== null).length;
    return reading;
  };
  const { objects, unreadable } = parseObjects([[path, file]], read, () => true);
  if (unreadable.length > 0) return undefined;
  const isMixed = objects.length !== documents || new Set(objects.map(({ document }) => document)).size !== documents;
  const aliased = new Map<unknown, boolean>();
  try {
    const found = objects.map((parsed, index) => {
      const { contents } = parsed.document;
      aliased.set(contents, aliased.get(contents) ?? hasAliases(contents));
      return toReviewObject(parsed, index, aliased.get(contents) === true);
    });
    return { objects: found, isMixed };
  } catch (error) {
    // Aliases can nest more deeply than the text that they are in.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** @param isAliased an alias may stand for what is in another item of a list */
function toReviewObject(parsed: ParsedObject, index: number, isAliased: boolean): ReviewObject {
  const { file, node, apiVersion, kind, value } = parsed;
  const root = isMap(node) && !isAliased ? (node as Node) : nodeOf(value);
  const { name, namespace } = metaOf(root as YAMLMap);
  const object = { group: groupOf(apiVersion), kind, name, namespace };
  return { path: file.path, root, index, object, apiVersion, value };
}

/** How reports name an object; the name is empty for one that has none. */
export interface ResourceName extends Pick<Meta, "apiVersion" | "kind" | "name"> {
  readonly namespace?: string;
}

const MAX_NAME = 253;

export function nameOf({ apiVersion, object: { kind, name, namespace } }: ReviewObject): ResourceName {
  const cut = (text: string) => text.slice(0, MAX_NAME).toWellFormed();
  const named = { apiVersion: cut(apiVersion), kind: cut(kind), name: cut(name) };
  return namespace === "" ? named : { ...named, namespace: cut(namespace) };
}
