import sorted from "sorted-btree";
import type { Repository } from "../../api/v1alpha1/repository.ts";

const { default: BTree } = sorted;
type Tree = InstanceType<typeof BTree<string, Repository>>;

/** The Repositories of each namespace, the oldest first. A change costs the logarithm of their count. */
export class RepositoriesByAge {
  readonly #namespaces = new Map<string, Tree>();

  set(repository: Repository): void {
    const { namespace } = repository.metadata;
    const tree = this.#namespaces.get(namespace) ?? new BTree<string, Repository>();
    this.#namespaces.set(namespace, tree);
    tree.set(ageOf(repository), repository);
  }

  delete(repository: Repository): void {
    const { namespace } = repository.metadata;
    const tree = this.#namespaces.get(namespace);
    tree?.delete(ageOf(repository));
    if (tree?.size === 0) this.#namespaces.delete(namespace);
  }

  /** Costs a step for each that is returned. */
  oldest(namespace: string, count: number): readonly Repository[] {
    const all: Repository[] = [];
    const tree = this.#namespaces.get(namespace);
    if (tree === undefined || count === 0) return all;
    for (const repository of tree.values()) if (all.push(repository) === count) break;
    return all;
  }
}

/** Sorts the Repositories of one namespace by age, then by name. Timestamps have the same length. */
export function ageOf({ metadata }: Repository): string {
  return `${metadata.creationTimestamp} ${metadata.name}`;
}
