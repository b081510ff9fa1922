import { isMap, isScalar, type Scalar, stringify, type YAMLMap } from "yaml";
import type { PackageRevID } from "../../api/v1alpha1/package-identity.ts";
import { utf8Text } from "../files/utf8-text.ts";
import {
  applySplice,
  findKey,
  insertEntry,
  isBlock,
  removeEntry,
  replaceScalar,
  type Splice,
} from "../files/yaml-splices.ts";
import { CATALOG_TARGET } from "../identity/location.ts";
import { objectName } from "../identity/names.ts";
import { readDocuments } from "../validation/yaml/read-documents.ts";

/** The file of a package that says where the package is, for the functions and tools that work on it. */
export const CONTEXT_PATH = "package-context.yaml";

/** kustomize, and with it Flux, builds with such an object and leaves it out of the result; kpt does not apply it. */
const LOCAL_CONFIG = "config.kubernetes.io/local-config";
/** Argo CD knows no such annotation, and leaves out files with this text. */
const HEADING = "# For tools only, not for clusters (+argocd:skip-file-rendering).\n";
/** The name of every context before its package was in it: two of them in a folder stop kustomize's build. */
const OLD_NAME = "package-context";
/** Of the file, in bytes, and levels of YAML: what users add to it is small. */
const [MAX_SIZE, MAX_DEPTH] = [16 * 1024, 32];
const KEYS = ["package", "realm", "target"] as const;

type Key = (typeof KEYS)[number];
/** Of a package. */
export type Identity = Pick<PackageRevID, "target" | "repository" | "realm" | "package">;

/**
 * A ConfigMap with the package's identity, and a name of its own: kustomize compares names before it leaves anything
 * out.
 */
export function writeContext(id: Identity): Uint8Array {
  const context = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: contextName(id), annotations: { [LOCAL_CONFIG]: "true" } },
    data: {
      package: id.package,
      ...(id.realm !== undefined && { realm: id.realm }),
      ...(id.target !== undefined && { target: id.target }),
    },
  };
  return new TextEncoder().encode(HEADING + stringify(context, { version: "1.1", lineWidth: 0 }));
}

/** The name of the package revisions, with another word for the workspace. */
function contextName({ repository, ...location }: Identity): string {
  return objectName(repository, location, "package-context");
}

/**
 * The context of a package that is cloned from another one; undefined if nothing of it changes. The name and the values
 * that `writeContext` has put there for `from` become those for `to`; all others, and every other byte, are the user's.
 */
export function moveContext(bytes: Uint8Array, from: Identity, to: Identity): Uint8Array | undefined {
  const before = bytes.length <= MAX_SIZE ? utf8Text(bytes) : undefined;
  if (before === undefined) return undefined;
  let text = before;
  // One change after the other, each in the text of the one before: they may touch.
  for (const key of ["name", ...KEYS] as const) {
    const context = readContext(text);
    const splice =
      context && (key === "name" ? renameContext(context.name, from, to) : moveEntry(context, key, from, to));
    if (splice !== undefined) text = applySplice(text, splice);
  }
  // Where users wrote what nobody expects in this file, it may have become unreadable: then it stays as it is.
  return text === before || readContext(text) === undefined ? undefined : new TextEncoder().encode(text);
}

interface Context {
  readonly text: string;
  readonly name: Scalar;
  readonly data: YAMLMap;
}

/** The first document, if it is a ConfigMap that is for tools only. */
function readContext(text: string): Context | undefined {
  const read = readDocuments(text, MAX_DEPTH);
  if ("deepAt" in read || read.errors.length > 0) return undefined;
  const root = read.documents[0]?.contents;
  if (!isMap(root) || String(root.get("kind")) !== "ConfigMap") return undefined;
  const [metadata, data] = [root.get("metadata", true), root.get("data", true)];
  if (!isMap(metadata) || !isMap(data)) return undefined;
  const [name, annotations] = [metadata.get("name", true), metadata.get("annotations", true)];
  if (!isScalar(name) || !isMap(annotations) || annotations.get(LOCAL_CONFIG) !== "true") return undefined;
  return { text, name, data };
}

function renameContext(name: Scalar, from: Identity, to: Identity): Splice | undefined {
  const isOwn = !isBlock(name) && (name.value === contextName(from) || name.value === OLD_NAME);
  return isOwn ? replaceScalar(name, contextName(to)) : undefined;
}

function moveEntry({ text, data }: Context, key: Key, from: Identity, to: Identity): Splice | undefined {
  const at = findKey(data, key);
  const value = data.items[at]?.value;
  const wanted = to[key] ?? (key === "target" ? CATALOG_TARGET : undefined);
  if (at === -1) {
    const isMissing = isImplied(key, from) && !isImplied(key, to);
    const after = key === "target" && findKey(data, "realm") !== -1 ? "realm" : "package";
    return isMissing && wanted !== undefined ? insertEntry(text, data, { key, value: wanted }, after) : undefined;
  }
  if (!isScalar(value) || !isOwnValue(key, value, from)) return undefined;
  return wanted === undefined ? removeEntry(text, data, at) : replaceScalar(value, wanted);
}

/** True if a new package's context need not have the key. */
function isImplied(key: Key, id: Identity): boolean {
  return id[key] === undefined || (key === "target" && id.target === CATALOG_TARGET);
}

/** True for the value of a new package. Clones were made that still have the catalog's target. */
function isOwnValue(key: Key, value: Scalar, id: Identity): boolean {
  return !isBlock(value) && (value.value === id[key] || (key === "target" && value.value === CATALOG_TARGET));
}
