import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type ParsedNode } from "yaml";
import type { Misuse } from "./text-position.ts";

/** A document whose aliases stand for more values than this would exhaust whoever expands them. */
const MAX_VALUES = 1_000_000;

/** An anchor: how many values it stands for; none while its own value is still being read. */
interface Anchor {
  readonly node: Node;
  weight?: number;
}

/** What the syntax allows and Kubernetes does not: keys that are there twice or are no scalars, and what aliases can do. */
export function findMisuse(root: ParsedNode | null): readonly Misuse[] {
  const walk = new Walk();
  walk.weigh(root);
  return walk.found;
}

class Walk {
  readonly found: Misuse[] = [];
  readonly #anchors = new Map<string, Anchor>();
  #told = false;

  /** Looks at a node and all below, and says how many values it stands for. Recurses: the depth has been checked. */
  weigh(node: unknown): number {
    if (isAlias(node)) return this.#weighAlias(node.source, node.range?.[0] ?? 0);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return 1;
    const anchor: Anchor = { node };
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, anchor);
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
    if (anchor === undefined) this.#tell(offset, "alias of an anchor that is not there");
    else if (anchor.weight === undefined) this.#tell(offset, "alias of what it is part of");
    const weight = anchor?.weight ?? 1;
    if (weight > MAX_VALUES && !this.#told) {
      this.#told = true;
      this.#tell(offset, `its aliases stand for more than ${MAX_VALUES} values`);
    }
    return weight;
  }

  #checkKeys(items: readonly { readonly key: unknown; readonly value: unknown }[]): void {
    const keys = new Set<string>();
    for (const { key, value } of items) {
      const offset = this.#offsetOf(key) ?? this.#offsetOf(value) ?? 0;
      const resolved = this.#resolve(key);
      const scalar = isScalar(resolved) ? resolved.value : undefined;
      if (isMerge(scalar)) {
        if (!this.#isMergeable(value)) this.#tell(this.#offsetOf(value) ?? offset, "only mappings can be merged");
      } else if (scalar === null || scalar === undefined) {
        this.#tell(offset, "a key must be a text, a number or a boolean");
      } else {
        const name = `${typeof scalar} ${String(scalar)}`;
        if (keys.has(name)) this.#tell(offset, "Map keys must be unique");
        keys.add(name);
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

  #tell(offset: number, message: string): void {
    this.found.push({ offset, message });
  }
}

function isMerge(value: unknown): boolean {
  return typeof value === "symbol" && value.description === "<<";
}
