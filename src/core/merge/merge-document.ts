import { isMap, type Node, type YAMLMap } from "yaml";
import { expandAliases, hasAliases } from "../render/external/aliases.ts";
import { mergeMap } from "../render/external/merge-node.ts";
import { KPTFILE } from "../render/kptfile.ts";
import { metaOf } from "../render/resource.ts";
import type { SchemaSet } from "../validation/schema/kind-schema.ts";
import type { ConflictLog, ConflictResource } from "./conflicts.ts";
import { type FieldSchema, kindSchema, UNKNOWN_KIND } from "./field-schema.ts";
import type { Tuple } from "./match.ts";
import { mergeComments } from "./merge-comments.ts";
import { type FieldOwners, mergeValue } from "./merge-value.ts";
import { isSame } from "./nodes.ts";
import { type SideDocument, textOf } from "./package-side.ts";

/** A document of the result, and the file that it is in. */
export interface MergedDocument {
  readonly tuple: Tuple;
  readonly path: string;
  /** The local one, whose nodes may have changed, or that of upstream as it is. */
  readonly from: SideDocument;
}

export interface DocumentScope {
  readonly log: ConflictLog;
  readonly schemas: SchemaSet;
}

/**
 * What kpt keeps of the local Kptfile, and takes from upstream, whatever the other side has. Name and namespace are
 * those of the package; the inventory is that of its cluster; the status says what happened to it.
 */
const KPTFILE_OWNERS: FieldOwners = new Map([
  ["metadata.name", "local"],
  ["metadata.namespace", "local"],
  ["inventory", "local"],
  ["status", "local"],
  ["upstream", "upstream"],
  ["upstreamLock", "upstream"],
]);
const FUNCTION_LISTS: ReadonlySet<string> = new Set(["pipeline.mutators", "pipeline.validators"]);

/** Merges the documents that belong together, and changes the nodes of the local one. Undefined: it is gone. */
export function mergeDocument(tuple: Tuple, scope: DocumentScope): MergedDocument | undefined {
  const { base, upstream, local } = tuple;
  if (upstream === undefined && local === undefined) return undefined;
  if (base === undefined && (upstream === undefined || local === undefined)) {
    const from = local ?? upstream;
    return from && { tuple, path: from.path, from };
  }
  if (upstream === undefined || local === undefined) return mergeDeletion(tuple, scope);
  const place = { file: mergeLocation(tuple, scope), ...resourceOf(local) };
  const merged = (from: SideDocument): MergedDocument => ({ tuple, path: place.file, from });
  if (base !== undefined && textOf(base) === textOf(upstream)) return merged(local);
  const isUntouched = base !== undefined && textOf(base) === textOf(local);
  const isKptfile = isKptfileDocument(local) && isKptfileDocument(upstream);
  if (isUntouched && !isKptfile) return merged(upstream);
  const field = { path: "", schema: schemaOf(tuple, scope.schemas) };
  const kptfile = { owners: KPTFILE_OWNERS, functionLists: FUNCTION_LISTS };
  mergeRoots(tuple, (values) => mergeValue(values, field, { place, log: scope.log, ...(isKptfile && kptfile) }));
  return merged(isUntouched && isSame(plainRoot(upstream), plainRoot(local)) ? upstream : local);
}

/** A document that one side has removed. */
function mergeDeletion(tuple: Tuple, { log }: DocumentScope): MergedDocument | undefined {
  const { base, upstream, local } = tuple;
  const left = upstream ?? local;
  if (base === undefined || left === undefined || isSame(plainRoot(base), plainRoot(left))) return undefined;
  const kind = left.object === undefined ? "field" : "resource";
  const values = { base: plainRoot(base), upstream: rootOf(upstream), local: rootOf(local) };
  log.add({ kind, file: left.path, ...resourceOf(left) }, values);
  return local && { tuple, path: local.path, from: local };
}

/** The file of a document that is on both sides: where one of them has moved it, else where it was. */
function mergeLocation({ base, upstream, local }: Tuple, { log }: DocumentScope): string {
  const [was, theirs, mine] = [base?.path, upstream?.path ?? "", local?.path ?? ""];
  if (was === undefined || mine === theirs || theirs === was) return mine;
  if (mine === was) return theirs;
  const values = { base: was, upstream: theirs, local: mine };
  log.add({ kind: "location", file: mine, ...(local && resourceOf(local)) }, values);
  return mine;
}

/** Aliases are expanded first, and in the local document only if it changes. */
function mergeRoots({ base, upstream, local }: Tuple, merge: (values: Roots) => unknown): void {
  if (local === undefined) return;
  const { root } = local;
  const copy = hasAliases(root) ? plainRoot(local) : undefined;
  const values = { base: rootOf(base), upstream: rootOf(upstream), local: copy ?? root };
  mergeComments(values);
  const result = merge(values) as Node;
  if (copy === undefined) {
    if (result !== root) local.document.document.contents = result as never;
  } else if (isMap(root) && isMap(result) && !isSame(result, plainRoot(local))) {
    expandAliases(root);
    mergeMap(root, result);
  }
}

interface Roots {
  readonly base: unknown;
  readonly upstream: unknown;
  readonly local: unknown;
}

function rootOf(one: SideDocument | undefined): Node | undefined {
  return one && plainRoot(one);
}

/** The root as it is now, without aliases. */
function plainRoot({ document }: SideDocument): Node {
  const root = document.document.contents as Node;
  if (!isMap(root) || !hasAliases(root)) return root;
  const copy = root.clone() as YAMLMap;
  expandAliases(copy);
  return copy;
}

function schemaOf({ base, upstream, local }: Tuple, schemas: SchemaSet): FieldSchema | undefined {
  // Sorted: the result must not depend on the side that has a newer version.
  const types = [base, upstream, local].flatMap((one) => {
    if (one?.object === undefined || !isMap(one.root)) return [];
    const { apiVersion, kind } = metaOf(one.root);
    return [{ apiVersion, kind }];
  });
  if (types.length === 0) return undefined;
  for (const { apiVersion, kind } of types.toSorted((a, b) => (a.apiVersion < b.apiVersion ? -1 : 1))) {
    const found = kindSchema(schemas, apiVersion, kind);
    if (found !== undefined) return found;
  }
  return UNKNOWN_KIND;
}

function isKptfileDocument({ path, object }: SideDocument): boolean {
  return object?.kind === "Kptfile" && path.slice(path.lastIndexOf("/") + 1) === KPTFILE;
}

function resourceOf({ root, object }: SideDocument): { readonly resource?: ConflictResource } {
  if (object === undefined || !isMap(root)) return {};
  const { apiVersion, kind, name, namespace } = metaOf(root);
  return { resource: { apiVersion, kind, name, ...(namespace !== "" && { namespace }) } };
}
