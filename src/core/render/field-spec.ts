import { isMap, isScalar, isSeq, type Node, Pair, Scalar, YAMLMap } from "yaml";
import { FunctionError } from "./functions/function.ts";
import { pairOf, seqAt, stringAt } from "./nodes/read.ts";
import { groupOf } from "./resource.ts";

/** A field of some kinds, as kustomize names it: `spec/template/metadata/labels`; lists are passed through. */
export interface FieldSpec {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly path: string;
  readonly create?: boolean;
}

/** Of a functionConfig: the fields, and the characters of a path. */
const MAX_SPECS = 200;
const MAX_PATH = 1000;

/** The field specs of a functionConfig; of the first key that has any. */
export function readFieldSpecs(config: YAMLMap, ...keys: readonly string[]): readonly FieldSpec[] {
  const key = keys.find((one) => seqAt(config, one) !== undefined);
  if (key === undefined) return [];
  const items = seqAt(config, key)?.items ?? [];
  if (items.length > MAX_SPECS) throw new FunctionError(`takes ${MAX_SPECS} items of ${key} at most`, { field: key });
  return items.map((item) => {
    const path = stringAt(item, "path");
    if (path === "") throw new FunctionError(`needs a path in each item of ${key}`, { field: key });
    if (path.length > MAX_PATH) {
      throw new FunctionError(`takes paths of ${MAX_PATH} characters at most in ${key}`, { field: key });
    }
    return {
      group: stringAt(item, "group"),
      version: stringAt(item, "version"),
      kind: stringAt(item, "kind"),
      path,
      create: stringAt(item, "create") === "true",
    };
  });
}

export function isKindOf(root: YAMLMap, { group = "", version = "", kind = "" }: Omit<FieldSpec, "path">): boolean {
  if (kind !== "" && kind !== stringAt(root, "kind")) return false;
  if (group === "" && version === "") return true;
  const apiVersion = stringAt(root, "apiVersion");
  return (
    (group === "" || group === groupOf(apiVersion)) &&
    (version === "" || version === apiVersion.slice(apiVersion.indexOf("/") + 1))
  );
}

/** Calls back for each node at the path, if the object is of the kind. `make` is what a missing field becomes. */
export function visitField(root: YAMLMap, spec: FieldSpec, make: () => Node, visit: (node: Node) => void): void {
  if (!isKindOf(root, spec)) return;
  const parts = spec.path.split(/(?<!\\)\//).map((part) => part.replaceAll("\\/", "/"));
  visitPath(root, parts[0] === "" ? parts.slice(1) : parts, spec.create === true ? make : undefined, visit);
}

function visitPath(
  node: unknown,
  path: readonly string[],
  make: (() => Node) | undefined,
  visit: (node: Node) => void,
): void {
  const [part, ...rest] = path;
  if (part === undefined) {
    if (isMap(node) || isSeq(node) || isScalar(node)) visit(node);
  } else if (isSeq(node)) for (const item of node.items) visitPath(item, path, make, visit);
  else if (isMap(node)) {
    const isList = part.endsWith("[]");
    visitPath(child(node, isList ? part.slice(0, -2) : part, rest, isList ? undefined : make), rest, make, visit);
  }
}

function child(map: YAMLMap, key: string, rest: readonly string[], make: (() => Node) | undefined): unknown {
  const pair = pairOf(map, key);
  const value: unknown = pair?.value;
  const isMissing = value === undefined || value === null || (isScalar(value) && value.value === null);
  if (!isMissing || make === undefined) return isMissing ? undefined : value;
  const made = rest.length === 0 ? make() : new YAMLMap();
  if (pair === undefined) map.items.push(new Pair(new Scalar(key), made) as never);
  else pair.value = made as never;
  return made;
}
