import { isMap, type Node, type YAMLMap } from "yaml";
import { expandAliases, hasAliases } from "../render/external/aliases.ts";
import { mergeMap } from "../render/external/merge-node.ts";
import { KPTFILE } from "../render/kptfile.ts";
import { isKustomization } from "../render/krm.ts";
import { mapAt } from "../render/nodes/read.ts";
import { removeKey } from "../render/nodes/write.ts";
import { annotationsOf, metaOf } from "../render/resource.ts";
import type { SchemaSet } from "../validation/schema/kind-schema.ts";
import type { ConflictLog, ConflictResource } from "./conflicts.ts";
import { type FieldSchema, kindSchema, UNKNOWN_KIND } from "./field-schema.ts";
import { findFunctionKey, findTextKey } from "./list-keys.ts";
import type { Tuple } from "./match.ts";
import { mergeComments } from "./merge-comments.ts";
import type { TextMerger } from "./merge-text.ts";
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

/** Annotations in which kpt and kustomize note where a resource is from. */
const TOOLS = /^internal\.(?:kpt\.dev|config\.kubernetes\.io)\//;

export interface DocumentScope {
  readonly log: ConflictLog;
  readonly texts: TextMerger;
  /** True if documents stay where the local side has them, although upstream has moved them. */
  readonly keepsLocations: boolean;
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
const FUNCTION_LISTS = new Map([
  ["pipeline.mutators", findFunctionKey],
  ["pipeline.validators", findFunctionKey],
]);
/** Lists of files in a Kustomization. */
const FILE_LISTS = new Map(
  ["resources", "bases", "components", "crds", "generators", "transformers", "configurations"].map(
    (list) => [list, findTextKey] as const,
  ),
);

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
  if (base !== undefined && textOf(base) === textOf(upstream)) {
    const isMoved = place.file === upstream.path && place.file !== local.path;
    return merged(isMoved && textOf(local) === textOf(upstream) ? upstream : local);
  }
  const isUntouched = base !== undefined && textOf(base) === textOf(local);
  const isKptfile = isKptfileDocument(local) && isKptfileDocument(upstream);
  if (isUntouched && !isKptfile) return merged(upstream);
  const field = { path: "", schema: schemaOf(tuple, scope.schemas) };
  const special = isKptfile
    ? { owners: KPTFILE_OWNERS, itemKeys: FUNCTION_LISTS }
    : { ...(isKustomizationDocument(local) && { itemKeys: FILE_LISTS }) };
  mergeRoots(tuple, (values) => mergeValue(values, field, { place, log: scope.log, texts: scope.texts, ...special }));
  return merged(isUntouched && isSame(plainRoot(upstream), plainRoot(local)) ? upstream : local);
}

/** A document that one side has removed. */
function mergeDeletion(tuple: Tuple, { log }: DocumentScope): MergedDocument | undefined {
  const { base, upstream, local } = tuple;
  const left = upstream ?? local;
  if (base === undefined || left === undefined || isSame(ownRoot(base), ownRoot(left))) return undefined;
  const kind = left.object === undefined ? "field" : "resource";
  const values = { base: plainRoot(base), upstream: rootOf(upstream), local: rootOf(local) };
  log.add({ kind, file: left.path, ...resourceOf(left) }, values);
  return local && { tuple, path: local.path, from: local };
}

/** The file of a document that is on both sides: where one of them has moved it, else where it was. */
function mergeLocation({ base, upstream, local }: Tuple, { log, keepsLocations }: DocumentScope): string {
  const [was, theirs, mine] = [base?.path, upstream?.path ?? "", local?.path ?? ""];
  if (was === undefined || mine === theirs || theirs === was) return mine;
  if (mine === was && !keepsLocations) return theirs;
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

/** Without the notes of tools, which are no change of the package. */
function ownRoot(one: SideDocument): Node {
  const root = plainRoot(one);
  if (!isMap(root) || ![...annotationsOf(root).keys()].some((key) => TOOLS.test(key))) return root;
  const copy = root.clone() as YAMLMap;
  const annotations = mapAt(copy, "metadata", "annotations");
  for (const key of annotationsOf(copy).keys()) if (annotations && TOOLS.test(key)) removeKey(annotations, key);
  const metadata = mapAt(copy, "metadata");
  if (metadata && annotations?.items.length === 0) removeKey(metadata, "annotations");
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

function isKustomizationDocument({ root, path }: SideDocument): boolean {
  return isMap(root) && isKustomization({ root, package: "", path });
}

function resourceOf({ root, object }: SideDocument): { readonly resource?: ConflictResource } {
  if (object === undefined || !isMap(root)) return {};
  const { apiVersion, kind, name, namespace } = metaOf(root);
  return { resource: { apiVersion, kind, name, ...(namespace !== "" && { namespace }) } };
}
