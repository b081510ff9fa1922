import { isMap, type YAMLMap } from "yaml";
import { KPTFILE } from "../render/kptfile.ts";
import { mapAt } from "../render/nodes/read.ts";
import { annotationsOf } from "../render/resource.ts";
import { isSame } from "./nodes.ts";
import type { SideDocument } from "./package-side.ts";
import { documentSimilarity } from "./similarity.ts";
import type { Three } from "./three.ts";

/** kpt writes what the upstream package has for this object: `group|kind|namespace|name`. */
const UPSTREAM = "internal.kpt.dev/upstream-identifier";
const MERGE_COMMENT = /^\s*kpt-merge:\s*([^/\s]*)\/([^/\s]+)\s*$/;
/** Documents of one kind in one file are one that got another name if so much of them is equal. */
const MIN_SIMILARITY = 0.5;

/** Documents of one name on a side: more are not told apart. */
const MAX_GROUP = 200;

export type Tuple = Partial<Three<SideDocument>>;

/** The path in the base of a file that a side has moved; else the path itself. */
export type BasePath = (path: string) => string;

type KeyOf = (one: SideDocument) => string | undefined;

/** Finds the documents that belong together, wherever they are: each is in one tuple. In the order of the local side. */
export function matchDocuments(
  { base, upstream, local }: Three<readonly SideDocument[]>,
  basePath: { readonly upstream: BasePath; readonly local: BasePath },
): readonly Tuple[] {
  const [byUpstream, byLocal] = [new Map<SideDocument, SideDocument>(), new Map<SideDocument, SideDocument>()];
  pairUp(base, upstream, byUpstream, basePath.upstream, true);
  pairUp(base, local, byLocal, basePath.local, true);
  const [pairedUpstream, pairedLocal] = [new Set(byUpstream.values()), new Set(byLocal.values())];
  const added = new Map<SideDocument, SideDocument>();
  const isNew = (paired: ReadonlySet<SideDocument>) => (one: SideDocument) => !paired.has(one);
  pairUp(local.filter(isNew(pairedLocal)), upstream.filter(isNew(pairedUpstream)), added, (path) => path, false);
  const baseOf = new Map([...byLocal].map(([was, mine]) => [mine, was] as const));
  const both = new Set(added.values());
  return [
    ...local.map((mine): Tuple => {
      const was = baseOf.get(mine);
      return tupleOf(was, was === undefined ? added.get(mine) : byUpstream.get(was), mine);
    }),
    ...base.flatMap((was) => (byLocal.has(was) ? [] : [tupleOf(was, byUpstream.get(was), undefined)])),
    ...upstream.flatMap((one) => (pairedUpstream.has(one) || both.has(one) ? [] : [{ upstream: one }])),
  ];
}

function tupleOf(
  base: SideDocument | undefined,
  upstream: SideDocument | undefined,
  local: SideDocument | undefined,
): Tuple {
  return { ...(base && { base }), ...(upstream && { upstream }), ...(local && { local }) };
}

/**
 * Pairs documents of two sides, by the surest sign first.
 * @param basePath of paths of the second side
 * @param hasRenames true to follow objects that got another name or namespace without a note of kpt
 */
function pairUp(
  first: readonly SideDocument[],
  second: readonly SideDocument[],
  pairs: Map<SideDocument, SideDocument>,
  basePath: BasePath,
  hasRenames: boolean,
): void {
  const taken = new Set<SideDocument>();
  const pass = (keyOfFirst: KeyOf, keyOfSecond: KeyOf, isPair: (a: SideDocument, b: SideDocument) => boolean) => {
    const byKey = groupByKey(
      second.filter((one) => !taken.has(one)),
      keyOfSecond,
    );
    for (const [key, ones] of groupByKey(
      first.filter((one) => !pairs.has(one)),
      keyOfFirst,
    )) {
      for (const [one, other] of pairGroup(ones, byKey.get(key) ?? [], basePath)) {
        if (taken.has(other) || !isPair(one, other)) continue;
        pairs.set(one, other);
        taken.add(other);
      }
    }
  };
  const always = () => true;
  pass(
    (one) => placeKey(one, (path) => path),
    (one) => placeKey(one, basePath),
    always,
  );
  for (const origin of [annotatedId, commentedId]) {
    pass(origin, origin, always);
    pass(ownId, origin, always);
    pass(origin, ownId, always);
  }
  pass(ownId, ownId, always);
  if (!hasRenames) return;
  pass(nameInKind, nameInKind, always);
  const inFile =
    (pathOf: BasePath): KeyOf =>
    (one) =>
      one.object && `${pathOf(one.path)} ${typeKey(one.object)}`;
  const isAlike = (a: SideDocument, b: SideDocument) => documentSimilarity(a.root, b.root) >= MIN_SIMILARITY;
  pass(
    inFile((path) => path),
    inFile(basePath),
    isAlike,
  );
}

function groupByKey(documents: readonly SideDocument[], keyOf: KeyOf): ReadonlyMap<string, readonly SideDocument[]> {
  const groups = Map.groupBy(documents, (one) => keyOf(one) ?? "");
  groups.delete("");
  return groups;
}

/** Those of one key: in one file, then equal ones, then in files of one name, then those that are alone. */
function pairGroup(
  ones: readonly SideDocument[],
  others: readonly SideDocument[],
  basePath: BasePath,
): readonly (readonly [SideDocument, SideDocument])[] {
  const [left, right] = [[...ones], [...others]];
  if (left.length * right.length > MAX_GROUP ** 2) return [];
  const pairs: (readonly [SideDocument, SideDocument])[] = [];
  const take = (isPair: (a: SideDocument, b: SideDocument) => boolean) => {
    for (const one of [...left]) {
      const at = right.findIndex((other) => isPair(one, other));
      const [other] = at === -1 ? [] : right.splice(at, 1);
      if (other === undefined) continue;
      left.splice(left.indexOf(one), 1);
      pairs.push([one, other]);
    }
  };
  if (left.length > 1 || right.length > 1) {
    take((a, b) => a.path === basePath(b.path) && isSame(a.root, b.root));
    take((a, b) => a.path === basePath(b.path));
    take((a, b) => isSame(a.root, b.root));
    take((a, b) => fileName(a.path) === fileName(b.path));
  }
  if (left.length === 1 && right.length === 1) take(() => true);
  return pairs;
}

/** Kptfiles, and documents that are no objects: by their file. */
function placeKey({ path, index, object }: SideDocument, pathOf: BasePath): string | undefined {
  if (fileName(path) === KPTFILE) return pathOf(path);
  return object === undefined || object.name === "" ? `${pathOf(path)}#${index}` : undefined;
}

function annotatedId({ root, object }: SideDocument): string | undefined {
  const value = isMap(root) && object ? annotationsOf(root).get(UPSTREAM) : undefined;
  const parts = value?.trim().split("|");
  return parts?.length === 4 && parts.every((part) => part.length < 254) ? idOf(parts) : undefined;
}

function commentedId({ root, object }: SideDocument): string | undefined {
  if (!isMap(root) || object === undefined) return undefined;
  const match = MERGE_COMMENT.exec(mergeComment(root));
  return match === null ? undefined : idOf([object.group, object.kind, match[1] ?? "", match[2] ?? ""]);
}

/** The comment on the line of `metadata`. */
function mergeComment(root: YAMLMap): string {
  return mapAt(root, "metadata")?.commentBefore?.split("\n")[0] ?? "";
}

function ownId({ path, object }: SideDocument): string | undefined {
  if (object === undefined || object.name === "" || fileName(path) === KPTFILE) return undefined;
  return idOf([object.group, object.kind, object.namespace, object.name]);
}

function nameInKind({ path, object }: SideDocument): string | undefined {
  if (object === undefined || object.name === "" || fileName(path) === KPTFILE) return undefined;
  return `${typeKey(object)} ${object.name}`;
}

/** An object without a namespace is in `default`; kpt writes `~C` for none. */
function idOf([group = "", kind = "", namespace = "", name = ""]: readonly string[]): string {
  return [group, kind, namespace === "default" || namespace === "~C" ? "" : namespace, name].join("|");
}

function typeKey({ group, kind }: NonNullable<SideDocument["object"]>): string {
  return `${kind}.${group}`;
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
