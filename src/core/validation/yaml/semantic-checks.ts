import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type ParsedNode } from "yaml";
import type { OffsetProblem } from "../text-position.ts";

/** Aliases that expand to more values would exhaust the memory of a reader that expands them. */
const MAX_VALUES = 1_000_000;

const NOT_IN_JSON = /^[-+]?\.(inf|nan)$/i;

/**
 * `weight`: the number of values that an alias of the anchor expands to; absent while the value itself is being read.
 */
interface Anchor {
  readonly node: Node;
  weight?: number;
}

/**
 * Finds constructs that YAML's syntax allows and Kubernetes rejects: duplicate keys, keys that are no scalars, harmful
 * aliases.
 */
export function checkSemantics(root: ParsedNode | null): readonly OffsetProblem[] {
  const walk = new Walk();
  walk.weigh(root);
  return walk.found;
}

class Walk {
  readonly found: OffsetProblem[] = [];
  readonly #anchors = new Map<string, Anchor>();
  #isTooLargeReported = false;

  /**
   * Checks a node and all below it; returns the number of values it expands to. Recurses: the depth has been checked.
   */
  weigh(node: unknown): number {
    if (isAlias(node)) return this.#weighAlias(node.source, node.range?.[0] ?? 0);
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

  #weighAlias(name: string, offset: number): number {
    const anchor = this.#anchors.get(name);
    if (anchor === undefined) this.#report(offset, "alias of an anchor that does not exist");
    else if (anchor.weight === undefined) this.#report(offset, "alias of a value that contains the alias");
    const weight = anchor?.weight ?? 1;
    if (weight > MAX_VALUES && !this.#isTooLargeReported) {
      this.#isTooLargeReported = true;
      this.#report(offset, `its aliases expand to more than ${MAX_VALUES} values`);
    }
    return weight;
  }

  #checkKeys(items: readonly { readonly key: unknown; readonly value: unknown }[]): void {
    const keys = new Set<unknown>();
    for (const { key, value } of items) {
      const offset = this.#offsetOf(key) ?? this.#offsetOf(value) ?? 0;
      const resolved = this.#resolve(key);
      const scalar = isScalar(resolved) ? resolved.value : undefined;
      if (isMerge(scalar)) {
        if (!this.#isMergeable(value)) this.#report(this.#offsetOf(value) ?? offset, "only mappings can be merged");
      } else if (scalar === null || scalar === undefined) {
        this.#report(offset, "a key must be a text, a number or a boolean");
      } else {
        if (keys.has(scalar)) this.#report(offset, "Map keys must be unique");
        keys.add(scalar);
      }
    }
  }

  #isMergeable(value: unknown): boolean {
    const source = this.#resolve(value);
    return isMap(source) || (isSeq(source) && source.items.every((item) => isMap(this.#resolve(item))));
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? this.#anchors.get(node.source)?.node : node;
  }

  #offsetOf(node: unknown): number | undefined {
    const isNode = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node);
    return isNode ? (node.range?.[0] ?? undefined) : undefined;
  }

  #report(offset: number, message: string): void {
    this.found.push({ offset, message });
  }
}

function isMerge(value: unknown): boolean {
  return typeof value === "symbol" && value.description === "<<";
}
