import { type Document, isAlias, isMap, isScalar, type YAMLMap } from "yaml";
import type { CheckResult, IdentifiedResource } from "../file-check.ts";
import { objectNodes } from "./object-nodes.ts";

/** Of one file; the rest is not compared with other files. */
const MAX_RESOURCES = 1000;
const KIND = /^[A-Za-z][A-Za-z0-9]{0,62}$/;
const GROUP = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9._:]{0,251}[A-Za-z0-9])?$/;

/** A longer name is not compared. */
const MAX_UNUSUAL = 1000;

/** What the documents of a file are for a cluster. */
type Found = Pick<CheckResult, "resources" | "notResource">;

/**
 * The Kubernetes objects in the documents of a file, the items of lists included, and the first document that is none.
 * An object whose kind is none of Kubernetes is not listed.
 */
export function findResources(text: string, documents: readonly Document.Parsed[]): Found {
  const found: { readonly id: string; readonly offset: number }[] = [];
  const add = (node: unknown) => {
    const id = identify(node);
    if (id !== undefined && isMap(node)) found.push({ id, offset: node.range?.[0] ?? 0 });
  };
  for (const document of documents) {
    for (const { node } of objectNodes(document)) add(node);
    if (found.length >= MAX_RESOURCES) break;
  }
  const other = documents.find(({ contents }) => !isBuildable(contents))?.contents;
  const [notResource] = other ? withPositions(text, [{ id: "", offset: other.range[0] }]) : [];
  return {
    ...(found.length > 0 && { resources: withPositions(text, found.slice(0, MAX_RESOURCES)) }),
    ...(notResource !== undefined && { notResource: { line: notResource.line, column: notResource.column } }),
  };
}

/** True for what kustomize takes as a resource: a kind, and a name where that is no list; or nothing at all. */
function isBuildable(node: unknown): boolean {
  if (node === null || (isScalar(node) && node.value === null)) return true;
  if (!isMap(node)) return false;
  const kind = textAt(node, "kind");
  const metadata = node.get("metadata", true);
  // What an alias stands for is not looked at.
  if (isAlias(metadata) || isAlias(node.get("kind", true))) return true;
  return kind?.endsWith("List") === true || (kind !== undefined && isMap(metadata) && hasName(metadata));
}

function hasName(metadata: YAMLMap): boolean {
  const name = metadata.get("name", true);
  return isAlias(name) || (isScalar(name) && name.value !== null && name.value !== "");
}

function identify(node: unknown): string | undefined {
  if (!isMap(node)) return undefined;
  const metadata = node.get("metadata", true);
  if (!isMap(metadata)) return undefined;
  const [apiVersion, kind] = [textAt(node, "apiVersion"), textAt(node, "kind")];
  const [name, namespace] = [textAt(metadata, "name"), textAt(metadata, "namespace")];
  if (apiVersion === undefined || kind === undefined || name === undefined) return undefined;
  return resourceId({ apiVersion, kind, name, namespace }) ?? unusualId({ apiVersion, kind, name, namespace });
}

/** kustomize compares names that Kubernetes would not take as well, such as the expressions of blocks. */
function unusualId({ apiVersion, kind, name, namespace = "default" }: NamedResource): string | undefined {
  const type = resourceType({ apiVersion, kind });
  const quoted = JSON.stringify(namespace === "default" ? name : `${namespace}/${name}`).replaceAll(" ", "\\u0020");
  return type === undefined || quoted.length > MAX_UNUSUAL ? undefined : `${type} ${quoted}`;
}

interface NamedResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/**
 * A text that is equal for what is one object in a cluster: group, kind, namespace and name. The namespace `default` is
 * that of objects without one, as for kustomize. Undefined for what Kubernetes would not take as a name.
 */
export function resourceId({ apiVersion, kind, name, namespace = "default" }: NamedResource): string | undefined {
  const type = resourceType({ apiVersion, kind });
  if (type === undefined || !NAME.test(name) || !NAME.test(namespace)) return undefined;
  return namespace === "default" ? `${type} ${name}` : `${type} ${namespace}/${name}`;
}

/** The same for all objects of a kind: `KIND.GROUP`, or `KIND` of the core group. */
export function resourceType({ apiVersion, kind }: Pick<NamedResource, "apiVersion" | "kind">): string | undefined {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  if (!KIND.test(kind) || (group !== "" && !GROUP.test(group))) return undefined;
  return group === "" ? kind : `${kind}.${group}`;
}

function textAt(map: { get: (key: string, keepScalar: true) => unknown }, key: string): string | undefined {
  const node = map.get(key, true);
  return isScalar(node) && typeof node.value === "string" && node.value !== "" ? node.value : undefined;
}

/** One pass over the text: the offsets ascend. */
function withPositions(
  text: string,
  found: readonly { readonly id: string; readonly offset: number }[],
): readonly IdentifiedResource[] {
  let [line, lineStart] = [1, 0];
  return found.map(({ id, offset }) => {
    for (let next = text.indexOf("\n", lineStart); next !== -1 && next < offset; next = text.indexOf("\n", lineStart)) {
      line++;
      lineStart = next + 1;
    }
    return { id, line, column: offset - lineStart + 1 };
  });
}
