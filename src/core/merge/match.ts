import {
  annotatedId,
  type BasePath,
  commentedId,
  fileName,
  type KeyOf,
  nameInKind,
  ownId,
  placeKey,
  typeKey,
} from "./document-ids.ts";
import { isSame } from "./nodes.ts";
import type { MatchedDocument } from "./package-side.ts";
import { documentSimilarity } from "./similarity.ts";
import type { Three } from "./three.ts";

/** Documents of one kind in one file are one that got another name if so much of them is equal. */
const MIN_SIMILARITY = 0.5;

/** Documents of one name on a side: more are not told apart. */
const MAX_GROUP = 200;

export type Tuple<D extends MatchedDocument> = Partial<Three<D>>;

type IsPair<D> = (first: D, second: D) => boolean;

/** Finds the documents that belong together, wherever they are: each is in one tuple. Local ones come first. */
export function matchDocuments<D extends MatchedDocument>(
  { base, upstream, local }: Three<readonly D[]>,
  basePath: { readonly upstream: BasePath; readonly local: BasePath },
): readonly Tuple<D>[] {
  const samePath: BasePath = (path) => path;
  const [inUpstream, inLocal] = [
    new Pairing(base, upstream, basePath.upstream),
    new Pairing(base, local, basePath.local),
  ];
  inUpstream.pairByIds();
  inLocal.pairByIds();
  const added = new Pairing(local.filter(inLocal.isLeft), upstream.filter(inUpstream.isLeft), samePath);
  added.pairByIds();
  followRenames(inUpstream, inLocal, (one) => added.firstOf(one));
  followRenames(inLocal, inUpstream, (one) => added.secondOf(one));
  return [
    ...local.map((mine): Tuple<D> => {
      const was = inLocal.firstOf(mine);
      return tupleOf(was, was === undefined ? added.secondOf(mine) : inUpstream.secondOf(was), mine);
    }),
    ...base.flatMap((was) =>
      inLocal.secondOf(was) === undefined ? [tupleOf(was, inUpstream.secondOf(was), undefined)] : [],
    ),
    ...upstream.flatMap((one) => (inUpstream.isLeft(one) && added.isLeft(one) ? [{ upstream: one }] : [])),
  ];
}

/**
 * Follows objects that one side has given another name or namespace without a note of kpt.
 * @param partnerOf the object of the other side that has the new name as well: it must have been renamed, too
 */
function followRenames<D extends MatchedDocument>(
  side: Pairing<D>,
  other: Pairing<D>,
  partnerOf: (one: D) => D | undefined,
): void {
  side.pairRenamed((was, now) => {
    const partner = partnerOf(now);
    if (partner === undefined) return true;
    return other.pair(was, partner);
  });
}

function tupleOf<D extends MatchedDocument>(
  base: D | undefined,
  upstream: D | undefined,
  local: D | undefined,
): Tuple<D> {
  return { ...(base && { base }), ...(upstream && { upstream }), ...(local && { local }) };
}

/** Pairs of documents of two sides. */
class Pairing<D extends MatchedDocument> {
  readonly #first: readonly D[];
  readonly #second: readonly D[];
  /** Of the paths of the second side. */
  readonly #basePath: BasePath;
  readonly #pairs = new Map<D, D>();
  readonly #reverse = new Map<D, D>();

  constructor(first: readonly D[], second: readonly D[], basePath: BasePath) {
    this.#first = first;
    this.#second = second;
    this.#basePath = basePath;
  }

  secondOf(first: D): D | undefined {
    return this.#pairs.get(first);
  }

  firstOf(second: D): D | undefined {
    return this.#reverse.get(second);
  }

  /** True for a document of the second side that has no pair. */
  readonly isLeft = (second: D): boolean => !this.#reverse.has(second);

  /** False if one of them has another pair. */
  pair(first: D, second: D): boolean {
    if (this.#pairs.has(first) || this.#reverse.has(second)) return false;
    this.#pairs.set(first, second);
    this.#reverse.set(second, first);
    return true;
  }

  /** By the surest sign first. */
  pairByIds(): void {
    const inPlace = (pathOf: BasePath): KeyOf => {
      return (one) => placeKey(one, pathOf);
    };
    this.#pass(
      inPlace((path) => path),
      inPlace(this.#basePath),
    );
    for (const origin of [annotatedId, commentedId]) {
      this.#pass(origin, origin);
      this.#pass(ownId, origin);
      this.#pass(origin, ownId);
    }
    this.#pass(ownId, ownId);
  }

  /** Objects of one name in other namespaces, and objects of one kind in one file that are alike. */
  pairRenamed(accept: IsPair<D>): void {
    this.#pass(nameInKind, nameInKind, accept);
    const inFile = (pathOf: BasePath): KeyOf => {
      return (one) => one.object && `${pathOf(one.path)} ${typeKey(one.object)}`;
    };
    this.#pass(
      inFile((path) => path),
      inFile(this.#basePath),
      (a, b) => documentSimilarity(a.root, b.root) >= MIN_SIMILARITY && accept(a, b),
    );
  }

  #pass(keyOfFirst: KeyOf, keyOfSecond: KeyOf, accept: IsPair<D> = () => true): void {
    const byKey = groupByKey(this.#second.filter(this.isLeft), keyOfSecond);
    const left = this.#first.filter((one) => !this.#pairs.has(one));
    for (const [key, ones] of groupByKey(left, keyOfFirst)) {
      for (const [one, other] of pairGroup(ones, byKey.get(key) ?? [], this.#basePath)) {
        if (!this.#reverse.has(other) && accept(one, other)) this.pair(one, other);
      }
    }
  }
}

function groupByKey<D extends MatchedDocument>(
  documents: readonly D[],
  keyOf: KeyOf,
): ReadonlyMap<string, readonly D[]> {
  const groups = Map.groupBy(documents, (one) => keyOf(one) ?? "");
  groups.delete("");
  return groups;
}

/** Those of one key: in one file, then equal ones, then in files of one name, then those that are alone. */
function pairGroup<D extends MatchedDocument>(
  ones: readonly D[],
  others: readonly D[],
  basePath: BasePath,
): readonly (readonly [D, D])[] {
  const [left, right] = [[...ones], [...others]];
  if (left.length * right.length > MAX_GROUP ** 2) return [];
  const pairs: (readonly [D, D])[] = [];
  const take = (isPair: IsPair<D>) => {
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
