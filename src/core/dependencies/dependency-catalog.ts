import { OwnerIndex } from "../identity/owner-index.ts";
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

  /** Of followed revisions, what their answers depend on: names of revisions, and targets. */
  readonly #sources = new OwnerIndex();
  readonly #followed = new Map<string, PackageRevisionApis>();

  /**
   * Adds a published revision, or replaces the one of the same name. Returns the names of followed revisions whose
   * dependencies may be others now.
   */
  set(one: PackageRevisionApis): ReadonlySet<string> {
    // It has been published: from now on it is one of those that others may need.
    this.unfollow(one.name);
    const before = this.#index.get(one.name);
    return this.#changed(this.#index.set(one), [before, one]);
  }

  /** The same for one that is not published any more. */
  delete(name: string): ReadonlySet<string> {
    const before = this.#index.get(name);
    return this.#changed(this.#index.delete(name), [before]);
  }

  /** As `resolve` for a draft; until `unfollow`, changes that may concern it are reported. */
  follow(root: PackageRevisionApis): DependencyGraph {
    this.unfollow(root.name);
    this.#index.follow(root);
    this.#followed.set(root.name, root);
    const { graph, all } = this.#resolveRoot(root);
    const sources = [...all.values()].map(({ revision }) => revision.name);
    const target = targetOf(root.package);
    this.#sources.set(root.name, [...new Set(sources), ...(target === undefined ? [] : [targetSource(target)])]);
    return graph;
  }

  unfollow(name: string): void {
    const one = this.#followed.get(name);
    if (one === undefined) return;
    this.#followed.delete(name);
    this.#index.unfollow(one);
    this.#sources.set(name, []);
  }

  #changed(names: ReadonlySet<string>, changed: readonly (PackageRevisionApis | undefined)[]): ReadonlySet<string> {
    this.#forget(names);
    const targets = changed.flatMap((one) => (one === undefined ? [] : (targetOf(one.package) ?? [])));
    const sources = [...names, ...targets.map(targetSource)];
    const concerned = sources.flatMap((source) => [...this.#sources.ownersOf(source)]);
    return new Set([...concerned, ...[...names].filter((name) => this.#followed.has(name))]);
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
    return this.#resolveRoot(root).graph;
  }

  /** `all`: what the answer depends on, which are the other packages of the target as well. */
  #resolveRoot(root: PackageRevisionApis) {
    const target = targetOf(root.package);
    if (target === undefined) return resolution(this.#resolve([root]), root.name);
    if (this.#index.isLatest(root)) return resolution(this.#resolveTarget(target), root.name);
    const key = keyOfPackage(root.package);
    this.#forget(this.#index.replace(key, root));
    try {
      return resolution(this.#resolve(this.#index.installed(target).revisions), root.name);
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

function targetSource(target: string): string {
  return `target ${target}`;
}

function resolution(all: ReadonlyMap<string, DependencyNode>, root: string) {
  return { all, graph: viewOf(all, root) };
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
