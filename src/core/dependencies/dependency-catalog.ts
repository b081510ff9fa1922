import { findCycles } from "./cycles.ts";
import { DependencyIndex } from "./dependency-index.ts";
import type { DependencyGraph, DependencyNode, Need } from "./graph.ts";
import { provideAll } from "./provide.ts";
import type { Provision } from "./provisions.ts";
import { resolveAll } from "./resolve.ts";
import { keyOfPackage, type PackageRevisionApis, targetOf } from "./revision-apis.ts";

/** A package whose latest published revision needs another one. */
export interface Dependent {
  readonly revision: PackageRevisionApis;
  readonly needs: readonly Need[];
}

/**
 * The dependencies between the package revisions of a namespace. Of a change, only the revisions that may need what
 * changed are looked at again; a target is resolved once for all of its packages.
 */
export class DependencyCatalog {
  readonly #index = new DependencyIndex();
  /** By revision and target. */
  readonly #provisions = new Map<string, Map<string | undefined, readonly Provision[]>>();
  /** Of targets, as they are published. */
  readonly #targets = new Map<string, ReadonlyMap<string, DependencyNode>>();

  /** Adds a published revision, or replaces the one of the same name. */
  set(one: PackageRevisionApis): void {
    this.#forget(this.#index.set(one));
  }

  delete(name: string): void {
    this.#forget(this.#index.delete(name));
  }

  #forget(names: Iterable<string>): void {
    for (const name of names) this.#provisions.delete(name);
    this.#targets.clear();
  }

  /** The latest published revision of each package. */
  latest(): readonly PackageRevisionApis[] {
    return this.#index.latest();
  }

  /** What a revision needs: published or a draft, in the place of the latest published one of its package. */
  resolve(root: PackageRevisionApis): DependencyGraph {
    const target = targetOf(root.package);
    if (target === undefined) return viewOf(this.#resolve([root]), root.name);
    if (this.#index.installed(target).revisions.includes(root)) return viewOf(this.#resolveTarget(target), root.name);
    const key = keyOfPackage(root.package);
    this.#forget(this.#index.replace(key, root));
    try {
      return viewOf(this.#resolve(this.#index.installed(target).revisions), root.name);
    } finally {
      this.#forget(this.#index.replace(key, undefined));
    }
  }

  /**
   * The packages whose latest published revisions need this one, by name: of its target, or of a catalog those for
   * which it is selected. Resolves each package that may need it.
   */
  dependentsOf(one: PackageRevisionApis): readonly Dependent[] {
    const own = keyOfPackage(one.package);
    const others = this.#index.mayNeed(one).filter((other) => keyOfPackage(other.package) !== own);
    return others
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((revision) => {
        const { root, nodes } = this.resolve(revision);
        const needs = [...root.edges].flatMap(([id, all]) => (nodes.get(id)?.revision === one ? all : []));
        return needs.length === 0 ? [] : [{ revision, needs }];
      });
  }

  #resolveTarget(target: string): ReadonlyMap<string, DependencyNode> {
    const known = this.#targets.get(target);
    if (known !== undefined) return known;
    const nodes = this.#resolve(this.#index.installed(target).revisions);
    this.#targets.set(target, nodes);
    return nodes;
  }

  #resolve(roots: readonly PackageRevisionApis[]): ReadonlyMap<string, DependencyNode> {
    return resolveAll({ index: this.#index, roots, provide: (by, target) => this.#provide(by, target) });
  }

  #provide(by: PackageRevisionApis, target: string | undefined): readonly Provision[] {
    const ofRevision = this.#provisions.get(by.name) ?? new Map<string | undefined, readonly Provision[]>();
    const known = ofRevision.get(target);
    if (known !== undefined) return known;
    const found = provideAll({ index: this.#index, target, by });
    // A draft may be resolved again with other contents.
    if (this.#index.has(by)) this.#provisions.set(by.name, ofRevision.set(target, found));
    return found;
  }
}

/** What one of the roots leads to. */
function viewOf(all: ReadonlyMap<string, DependencyNode>, root: string): DependencyGraph {
  const first = all.get(root);
  if (first === undefined) throw new Error(`no node ${root}`);
  const own: DependencyNode = { ...first, state: "root" };
  const nodes = new Map([[root, own]]);
  for (const { edges } of nodes.values()) {
    for (const id of edges.keys()) {
      const node = nodes.has(id) ? undefined : all.get(id);
      if (node !== undefined) nodes.set(id, node);
    }
  }
  return { root: own, nodes, cycles: findCycles(nodes) };
}
