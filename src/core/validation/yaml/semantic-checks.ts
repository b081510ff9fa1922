import { type Alias, isAlias, isMap, isPair, isScalar, isSeq, type Node, type ParsedNode, type YAMLMap } from "yaml";
import type { OffsetProblem } from "../text-position.ts";

/** Aliases of a file that expand to more values together would take the time and memory of who expands them. */
const MAX_VALUES = 1_000_000;

/** More aliases take their readers long: each is looked up among all. */
const MAX_ALIASES = 10_000;

const NOT_IN_JSON = /^[-+]?\.(inf|nan)$/i;

type Items = readonly { readonly key: unknown; readonly value: unknown }[];

/**
 * `weight`: the number of values that an alias of the anchor expands to; absent while the value itself is being read.
 */
interface Anchor {
  readonly node: Node;
  weight?: number;
}

/**
 * Finds constructs that YAML's syntax allows and Kubernetes rejects in the documents of a file: duplicate keys, keys
 * that are no scalars, harmful aliases.
 */
export function checkSemantics(
  roots: readonly (ParsedNode | null)[],
  { areKeysUnique = true }: { readonly areKeysUnique?: boolean } = {},
): readonly OffsetProblem[] {
  const walk = new Walk(areKeysUnique);
  for (const root of roots) walk.weighDocument(root);
  return walk.found;
}

class Walk {
  readonly found: OffsetProblem[] = [];
  readonly #areKeysUnique: boolean;
  #anchors = new Map<string, Anchor>();
  /** What an alias stands for: its anchor may be set again after it. */
  readonly #targets = new Map<unknown, Node>();
  /** The keys of mappings, with those that they merge. */
  readonly #keys = new Map<unknown, ReadonlySet<string>>();
  #aliases = 0;
  /** Values that the aliases of the file so far expand to. */
  #expanded = 0;

  constructor(areKeysUnique: boolean) {
    this.#areKeysUnique = areKeysUnique;
  }

  weighDocument(root: ParsedNode | null): void {
    this.#anchors = new Map();
    this.#aliases = 0;
    this.weigh(root);
  }

  /**
   * Checks a node and all below it; returns the number of values it expands to. Recurses: the depth has been checked.
   */
  weigh(node: unknown): number {
    if (isAlias(node)) return this.#weighAlias(node);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return 1;
    const anchor: Anchor = { node };
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, anchor);
    if (isScalar(node) && NOT_IN_JSON.test(node.source ?? "") && typeof node.value === "number")
      this.#report(node.range?.[0] ?? 0, "a number that JSON does not have");
    const weight = isScalar(node) ? 1 : this.#weighItems(node.items);
    anchor.weight = weight;
    if (isMap(node)) this.#checkKeys(node.items);
    return weight;
  }

  #weighItems(items: readonly unknown[]): number {
    let sum = 1;
    for (const item of items) sum += isPair(item) ? this.weigh(item.key) + this.weigh(item.value) : this.weigh(item);
    return sum;
  }

  #weighAlias(alias: Alias): number {
    const offset = alias.range?.[0] ?? 0;
    if (++this.#aliases === MAX_ALIASES + 1) this.#report(offset, `a document with more than ${MAX_ALIASES} aliases`);
    const anchor = this.#anchors.get(alias.source);
    if (anchor === undefined) this.#report(offset, "alias of an anchor that does not exist");
    else {
      this.#targets.set(alias, anchor.node);
      if (anchor.weight === undefined) this.#report(offset, "alias of a value that contains the alias");
    }
    const weight = anchor?.weight ?? 1;
    const wasTooLarge = this.#isTooLarge;
    this.#expanded += weight;
    if (!wasTooLarge && this.#isTooLarge) {
      this.#report(offset, `the aliases up to this one expand to more than ${MAX_VALUES} values`);
    }
    return weight;
  }

  get #isTooLarge(): boolean {
    return this.#expanded > MAX_VALUES;
  }

  #checkKeys(items: Items): void {
    const keys = new Set<unknown>();
    let before: Set<string> | undefined;
    for (const { key, value } of items) {
      const offset = this.#offsetOf(key) ?? this.#offsetOf(value) ?? 0;
      const resolved = this.#resolve(key);
      const scalar = isScalar(resolved) ? resolved.value : undefined;
      if (isMerge(scalar)) {
        before ??= new Set([...keys].map(String));
        this.#checkMerge(value, before, offset);
      } else if (scalar === null || scalar === undefined) {
        this.#report(offset, "a key must be a text, a number or a boolean");
      } else {
        if (this.#areKeysUnique && keys.has(scalar)) this.#report(offset, "Map keys must be unique");
        keys.add(scalar);
        before?.add(String(scalar));
      }
    }
  }

  /** @param before The keys that the mapping has by then; those of the merge are added. */
  #checkMerge(value: unknown, before: Set<string>, offset: number): void {
    const maps = this.#mergedMaps(value);
    if (maps === undefined) {
      this.#report(this.#offsetOf(value) ?? offset, "only mappings can be merged");
      return;
    }
    // Their keys are values that its aliases expand to.
    if (this.#isTooLarge) return;
    const keys = maps.map((map) => this.#keysOf(map));
    // kubectl takes the value that comes last, and kustomize the one that is not merged.
    if (keys.some((one) => !one.isDisjointFrom(before)))
      this.#report(offset, "a merge must come before the keys that it has");
    for (const one of keys) for (const key of one) before.add(key);
  }

  /** Undefined for what cannot be merged. */
  #mergedMaps(value: unknown): readonly YAMLMap[] | undefined {
    const source = this.#resolve(value);
    const maps = (isSeq(source) ? source.items : [source]).map((item) => this.#resolve(item));
    return maps.every((map) => isMap(map)) ? maps : undefined;
  }

  #keysOf(map: YAMLMap): ReadonlySet<string> {
    const known = this.#keys.get(map);
    if (known !== undefined) return known;
    const keys = new Set<string>();
    // A mapping may contain itself, which is reported.
    this.#keys.set(map, keys);
    for (const { key, value } of map.items) {
      const resolved = this.#resolve(key);
      const scalar = isScalar(resolved) ? resolved.value : undefined;
      if (!isMerge(scalar)) keys.add(String(scalar));
      else for (const one of this.#mergedMaps(value) ?? []) for (const name of this.#keysOf(one)) keys.add(name);
    }
    return keys;
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? this.#targets.get(node) : node;
  }

  #offsetOf(node: unknown): number | undefined {
    const isNode = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node);
    return isNode ? (node.range?.[0] ?? undefined) : undefined;
  }

  #report(offset: number, message: string): void {
    this.found.push({ offset, message });
  }
}

/** True for a key `<<`. */
export function isMerge(value: unknown): boolean {
  return typeof value === "symbol" && value.description === "<<";
}
