import { OwnerIndex } from "../identity/owner-index.ts";
import { runToEnd } from "../identity/run-to-end.ts";
import { DependencyIndex } from "./dependency-index.ts";
import type { DependencyGraph, DependencyNode, Need } from "./graph.ts";
import { provideInSteps } from "./provide.ts";
import type { Provision } from "./provisions.ts";
import { resolveInSteps } from "./resolve.ts";
import { keyOfPackage, type PackageRevisionApis, targetOf } from "./revision-apis.ts";
import { viewInSteps } from "./view.ts";

/** A package whose latest published revision needs another one. */
export interface Dependent {
  readonly revision: PackageRevisionApis;
  readonly needs: readonly Need[];
}

/**
 * The dependencies between the package revisions of a namespace. Of a change, only the revisions that may need what
 * changed are looked at again; a target is resolved once for all of its packages. What is done in steps is done to its
 * end before anything else is asked or changed.
 */
export class DependencyCatalog {
  readonly #index = new DependencyIndex();
  /** By revision and target. */
  readonly #provisions = new Map<string, Map<string | undefined, readonly Provision[]>>();
  /** Of targets, as they are published. */
  readonly #targets = new Map<string, ReadonlyMap<string, DependencyNode>>();

  /** Of followed revisions, what their answers depend on: names of revisions outside of their targets, and targets. */
  readonly #sources = new OwnerIndex();
  readonly #followed = new Map<string, PackageRevisionApis>();

  set(one: PackageRevisionApis): ReadonlySet<string> {
    return runToEnd(this.setInSteps(one));
  }

  /**
   * Adds a published revision, or replaces the one of the same name. Returns the names of followed revisions whose
   * dependencies may be others now.
   */
  *setInSteps(one: PackageRevisionApis): Generator<void, ReadonlySet<string>> {
    // It has been published: from now on it is one of those that others may need.
    this.unfollow(one.name);
    const before = this.#index.get(one.name);
    return this.#changed(yield* this.#index.setInSteps(one), [before, one]);
  }

  delete(name: string): ReadonlySet<string> {
    return runToEnd(this.deleteInSteps(name));
  }

  /** The same for one that is not published any more. */
  *deleteInSteps(name: string): Generator<void, ReadonlySet<string>> {
    const before = this.#index.get(name);
    return this.#changed(yield* this.#index.deleteInSteps(name), [before]);
  }

  follow(root: PackageRevisionApis): DependencyGraph {
    return runToEnd(this.followInSteps(root));
  }

  /** As `resolveInSteps` for a draft; until `unfollow`, changes that may concern it are reported. */
  *followInSteps(root: PackageRevisionApis): Generator<void, DependencyGraph> {
    if (this.#followed.get(root.name)?.apis !== root.apis) {
      this.unfollow(root.name);
      this.#index.follow(root);
    }
    this.#followed.set(root.name, root);
    const all = yield* this.#resolveAll(root);
    const target = targetOf(root.package);
    const sources = new Set(target === undefined ? [] : [targetSource(target)]);
    for (const { revision } of all.values()) {
      if (target === undefined || targetOf(revision.package) !== target) sources.add(revision.name);
    }
    this.#sources.set(root.name, [...sources]);
    return yield* viewInSteps(all, root.name);
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
    this.#targets.clear();
    const sources = new Set(names);
    const concerned = new Set<string>();
    const addTarget = (one: PackageRevisionApis | undefined) => {
      const target = one === undefined ? undefined : targetOf(one.package);
      if (target !== undefined) sources.add(targetSource(target));
    };
    for (const one of changed) addTarget(one);
    for (const name of names) {
      const one = this.#index.get(name);
      if (one !== undefined && this.#index.isLatest(one)) addTarget(one);
      if (this.#followed.has(name)) concerned.add(name);
    }
    for (const source of sources) for (const owner of this.#sources.ownersOf(source)) concerned.add(owner);
    return concerned;
  }

  #forget(names: Iterable<string>): void {
    for (const name of names) this.#provisions.delete(name);
  }

  /** The latest published revision of each package. */
  latest(): readonly PackageRevisionApis[] {
    return this.#index.latest();
  }

  resolve(root: PackageRevisionApis): DependencyGraph {
    return runToEnd(this.resolveInSteps(root));
  }

  /** What a revision needs: published or a draft, in the place of the latest published one of its package. */
  *resolveInSteps(root: PackageRevisionApis): Generator<void, DependencyGraph> {
    return yield* viewInSteps(yield* this.#resolveAll(root), root.name);
  }

  /** What the answer depends on, which are the other packages of the target as well. */
  *#resolveAll(root: PackageRevisionApis): Generator<void, ReadonlyMap<string, DependencyNode>> {
    const target = targetOf(root.package);
    if (target === undefined) return yield* this.#resolveInSteps([root]);
    if (this.#index.isLatest(root)) return yield* this.#resolveTarget(target);
    this.#forget(yield* this.#index.replaceInSteps(root));
    try {
      return yield* this.#resolveInSteps(this.#index.installed(target));
    } finally {
      this.#forget(yield* this.#index.replaceInSteps(undefined));
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

  *#resolveTarget(target: string): Generator<void, ReadonlyMap<string, DependencyNode>> {
    const known = this.#targets.get(target);
    if (known !== undefined) return known;
    const nodes = yield* this.#resolveInSteps(this.#index.installed(target));
    this.#targets.set(target, nodes);
    return nodes;
  }

  *#resolveInSteps(roots: readonly PackageRevisionApis[]): Generator<void, ReadonlyMap<string, DependencyNode>> {
    const provide = (by: PackageRevisionApis, target: string | undefined) => this.#provide(by, target);
    return yield* resolveInSteps({ index: this.#index, roots, provide });
  }

  *#provide(by: PackageRevisionApis, target: string | undefined): Generator<void, readonly Provision[]> {
    const ofRevision = this.#provisions.get(by.name) ?? new Map<string | undefined, readonly Provision[]>();
    const known = ofRevision.get(target);
    if (known !== undefined) return known;
    const found = yield* provideInSteps({ index: this.#index, target, by });
    // A draft may be resolved again with other contents.
    if (this.#index.has(by)) this.#provisions.set(by.name, ofRevision.set(target, found));
    return found;
  }
}

function targetSource(target: string): string {
  return `target ${target}`;
}
