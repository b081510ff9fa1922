import { type Alias, type Document, isAlias, isCollection, isMap, isPair, isScalar, isSeq, type YAMLMap } from "yaml";
import { isMerge } from "./semantic-checks.ts";

/** Makes values of what nodes are; the names of entries are texts, as in JSON. */
export interface ValueMaker<T> {
  readonly scalar: (value: unknown, source: string | undefined) => T;
  readonly list: (items: readonly T[]) => T;
  readonly map: (entries: ReadonlyMap<string, T>) => T;
}

const PLAIN: ValueMaker<unknown> = {
  scalar: (value) => value,
  list: (items) => items,
  map: (entries) => {
    const result: Record<string, unknown> = {};
    for (const [key, value] of entries) {
      if (key !== "__proto__") result[key] = value;
      else Object.defineProperty(result, key, { value, writable: true, enumerable: true, configurable: true });
    }
    return result;
  },
};

/** Reads nodes of a document as values of JSON; see {@link valueReader}. */
export function plainReader(document: Document): (node: unknown) => unknown {
  return valueReader(document, PLAIN);
}

/**
 * Reads nodes of a document as values. Aliases of one anchor share theirs. Takes linear time, where the library's
 * `toJS` looks for the anchor of each alias in the whole document. The document must have been checked, since aliases
 * and merges are followed, and must not change meanwhile. Recurses: the depth has been checked.
 */
export function valueReader<T>(document: Document, make: ValueMaker<T>): (node: unknown) => T {
  const anchored = new Map<unknown, T>();
  let targets: ReadonlyMap<Alias, unknown> | undefined;

  function follow(node: unknown): unknown {
    if (!isAlias(node)) return node;
    targets ??= findTargets(document);
    return targets.get(node);
  }

  function read(given: unknown): T {
    const node = follow(given);
    const known = anchored.get(node);
    if (known !== undefined) return known;
    const value = makeValue(node);
    if (hasAnchor(node)) anchored.set(node, value);
    return value;
  }

  function makeValue(node: unknown): T {
    if (isScalar(node)) return make.scalar(node.value, node.source);
    if (isSeq(node)) return make.list(node.items.map(read));
    return isMap(node) ? make.map(entriesOf(node)) : make.scalar(null, undefined);
  }

  /** Own entries win against merged ones, and earlier ones of these against later ones. */
  function entriesOf({ items }: YAMLMap): Map<string, T> {
    const entries = new Map<string, T>();
    for (const { key, value } of items) {
      const name = follow(key);
      if (!isScalar(name) || !isMerge(name.value)) entries.set(nameOf(name), read(value));
      else for (const [merged, one] of mergedEntries(value)) if (!entries.has(merged)) entries.set(merged, one);
    }
    return entries;
  }

  function mergedEntries(value: unknown): readonly (readonly [string, T])[] {
    const node = follow(value);
    const sources = isSeq(node) ? node.items.map(follow) : [node];
    return sources.flatMap((source) => (isMap(source) ? [...entriesOf(source)] : []));
  }

  return read;
}

function nameOf(key: unknown): string {
  const value = isScalar(key) ? key.value : key;
  return value === null || value === undefined ? "" : String(value);
}

function hasAnchor(node: unknown): boolean {
  return (isCollection(node) || isScalar(node)) && node.anchor !== undefined;
}

/** What the aliases of a document stand for: the last node with the anchor that begins before them. */
function findTargets({ contents }: Document): ReadonlyMap<Alias, unknown> {
  const [targets, anchors] = [new Map<Alias, unknown>(), new Map<string, unknown>()];
  const visit = (node: unknown): void => {
    if (isAlias(node)) targets.set(node, anchors.get(node.source));
    if ((isCollection(node) || isScalar(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isPair(node)) for (const one of [node.key, node.value]) visit(one);
    else if (isCollection(node)) for (const one of node.items) visit(one);
  };
  visit(contents);
  return targets;
}
