import { isMap, type YAMLMap } from "yaml";
import { KPTFILE } from "../render/kptfile.ts";
import { mapAt } from "../render/nodes/read.ts";
import { annotationsOf } from "../render/resource.ts";
import type { MatchedDocument } from "./package-side.ts";

/** kpt writes what the upstream package has for this object: `group|kind|namespace|name`. */
const UPSTREAM = "internal.kpt.dev/upstream-identifier";
const MERGE_COMMENT = /^\s*kpt-merge:\s*([^/\s]*)\/([^/\s]+)\s*$/;

/** The path in the base of a file that a side has moved; else the path itself. */
export type BasePath = (path: string) => string;

/** What a document is known by; undefined for one that does not have it. */
export type KeyOf = (one: MatchedDocument) => string | undefined;

/** Kptfiles, and documents that are no objects: by their file. */
export function placeKey({ path, index, object }: MatchedDocument, pathOf: BasePath): string | undefined {
  if (fileName(path) === KPTFILE) return pathOf(path);
  return object === undefined || object.name === "" ? `${pathOf(path)}#${index}` : undefined;
}

export function annotatedId({ root, object }: MatchedDocument): string | undefined {
  const value = isMap(root) && object ? annotationsOf(root).get(UPSTREAM) : undefined;
  const parts = value?.trim().split("|");
  return parts?.length === 4 && parts.every((part) => part.length < 254) ? idOf(parts) : undefined;
}

export function commentedId({ root, object }: MatchedDocument): string | undefined {
  if (!isMap(root) || object === undefined) return undefined;
  const match = MERGE_COMMENT.exec(mergeComment(root));
  return match === null ? undefined : idOf([object.group, object.kind, match[1] ?? "", match[2] ?? ""]);
}

/** The comment on the line of `metadata`. */
function mergeComment(root: YAMLMap): string {
  return mapAt(root, "metadata")?.commentBefore?.split("\n")[0] ?? "";
}

export function ownId({ path, object }: MatchedDocument): string | undefined {
  if (object === undefined || object.name === "" || fileName(path) === KPTFILE) return undefined;
  return idOf([object.group, object.kind, object.namespace, object.name]);
}

export function nameInKind({ path, object }: MatchedDocument): string | undefined {
  if (object === undefined || object.name === "" || fileName(path) === KPTFILE) return undefined;
  return `${typeKey(object)} ${object.name}`;
}

/** An object without a namespace is in `default`; kpt writes `~C` for none. */
function idOf([group = "", kind = "", namespace = "", name = ""]: readonly string[]): string {
  return [group, kind, namespace === "default" || namespace === "~C" ? "" : namespace, name].join("|");
}

export function typeKey({ group, kind }: NonNullable<MatchedDocument["object"]>): string {
  return `${kind}.${group}`;
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
