import sorted from "sorted-btree";
import { compare } from "../identity/compare.ts";
import type { Skipped } from "./classify-ref.ts";

const { default: BTree } = sorted;

/**
 * The refs that are no package revisions, by name; tags that are not verified come before all others. A change costs
 * the logarithm of their count.
 */
export class SkippedRefs {
  readonly #inOrder = new BTree<string, Skipped>(undefined, compare);

  get size(): number {
    return this.#inOrder.size;
  }

  add(skipped: Skipped): void {
    this.#inOrder.set(orderOf(skipped), skipped);
  }

  delete(skipped: Skipped): void {
    this.#inOrder.delete(orderOf(skipped));
  }

  first(limit: number): readonly Skipped[] {
    return [...Iterator.from(this.#inOrder.values()).take(limit)];
  }
}

function orderOf({ ref, reason }: Skipped): string {
  return `${reason === "NotVerified" ? 0 : 1} ${ref}`;
}
