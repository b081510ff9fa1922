import { isMap, type Node } from "yaml";
import { expandAliases, hasAliases } from "../render/external/aliases.ts";
import { mergeMap } from "../render/external/merge-node.ts";
import { metaOf } from "../render/resource.ts";
import type { SchemaSet } from "../validation/schema/kind-schema.ts";
import type { ConflictLog, ConflictResource } from "./conflicts.ts";
import { type FieldSchema, sharedSchema } from "./field-schema.ts";
import type { Tuple } from "./match.ts";
import { mergeComments } from "./merge-comments.ts";
import type { TextMerger } from "./merge-text.ts";
import { mergeValue } from "./merge-value.ts";
import { isSame } from "./nodes.ts";
import { type SideDocument, textOf } from "./package-side.ts";
import { ownRoot, plainRoot } from "./roots.ts";
import { isKptfileDocument, isKustomizationDocument, KPTFILE_RULES, KUSTOMIZATION_RULES } from "./special-kinds.ts";

/** A document of the result, and the file that it is in. */
export interface MergedDocument {
  readonly tuple: Tuple<SideDocument>;
  readonly path: string;
  /** The local one, whose nodes may have changed, or that of upstream as it is. */
  readonly from: SideDocument;
}

export interface DocumentScope {
  readonly log: ConflictLog;
  readonly texts: TextMerger;
  /** True if documents stay where the local side has them, although upstream has moved them. */
  readonly keepsLocations: boolean;
  readonly schemas: SchemaSet;
}

/** Merges the documents that belong together, and changes the nodes of the local one. Undefined: it is gone. */
export function mergeDocument(tuple: Tuple<SideDocument>, scope: DocumentScope): MergedDocument | undefined {
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
  const rules = isKptfile ? KPTFILE_RULES : isKustomizationDocument(local) ? KUSTOMIZATION_RULES : {};
  mergeRoots(tuple, (values) => mergeValue(values, field, { place, log: scope.log, texts: scope.texts, ...rules }));
  return merged(isUntouched && isSame(plainRoot(upstream), plainRoot(local)) ? upstream : local);
}

/** A document that one side has removed. */
function mergeDeletion(tuple: Tuple<SideDocument>, { log }: DocumentScope): MergedDocument | undefined {
  const { base, upstream, local } = tuple;
  const left = upstream ?? local;
  if (base === undefined || left === undefined) return undefined;
  if (isSame(ownRoot(base), ownRoot(left))) {
    // A document that is no object, and that is elsewhere, may be a copy.
    const isElsewhere = local !== undefined && local.object === undefined && local.path !== base.path;
    return isElsewhere ? { tuple, path: local.path, from: local } : undefined;
  }
  const kind = left.object === undefined ? "field" : "resource";
  const values = { base: plainRoot(base), upstream: rootOf(upstream), local: rootOf(local) };
  log.add({ kind, file: left.path, ...resourceOf(left) }, values);
  return local && { tuple, path: local.path, from: local };
}

/** The file of a document that is on both sides: where one of them has moved it, else where it was. */
function mergeLocation({ base, upstream, local }: Tuple<SideDocument>, { log, keepsLocations }: DocumentScope): string {
  const [was, theirs, mine] = [base?.path, upstream?.path ?? "", local?.path ?? ""];
  if (was === undefined || mine === theirs || theirs === was) return mine;
  if (mine === was && !keepsLocations) return theirs;
  const values = { base: was, upstream: theirs, local: mine };
  log.add({ kind: "location", file: mine, ...(local && resourceOf(local)) }, values);
  return mine;
}

/** Aliases are expanded first, and in the local document only if it changes. */
function mergeRoots({ base, upstream, local }: Tuple<SideDocument>, merge: (values: Roots) => unknown): void {
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

function schemaOf({ base, upstream, local }: Tuple<SideDocument>, schemas: SchemaSet): FieldSchema | undefined {
  const types = [base, upstream, local].flatMap((one) => {
    return one?.object !== undefined && isMap(one.root) ? [metaOf(one.root)] : [];
  });
  return types.length === 0 ? undefined : sharedSchema(types, schemas);
}

function resourceOf({ root, object }: SideDocument): { readonly resource?: ConflictResource } {
  if (object === undefined || !isMap(root)) return {};
  const { apiVersion, kind, name, namespace } = metaOf(root);
  return { resource: { apiVersion, kind, name, ...(namespace !== "" && { namespace }) } };
}
