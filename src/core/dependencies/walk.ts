import { parseRevision } from "../identity/revision.ts";
import { acceptanceOf, type Demand, describeNeed } from "./demands.ts";
import type { DependencyIndex } from "./dependency-index.ts";
import type { DependencyNode, DependencyProblem, Need } from "./graph.ts";
import type { Provision } from "./provisions.ts";
import { keyOfPackage, type PackageRevisionApis, packageName, revisionName, targetOf } from "./revision-apis.ts";

/** Of one resolution; more packages are not looked at. */
const MAX_NODES = 20_000;
/** Needs of one package that are looked at in one step. */
const NEEDS_OF_STEP = 64;
/** Other packages that are named for one. */
const MAX_ALTERNATIVES = 8;

/** The place of one package of the catalogs in one target, for which one revision is selected. */
export interface Slot {
  readonly id: string;
  readonly key: string;
  readonly demands: Demand[];
}

interface WorkNode extends Omit<DependencyNode, "edges" | "core" | "problems" | "alternatives"> {
  readonly alternatives: Set<string>;
  readonly edges: Map<string, Need[]>;
  readonly core: Need[];
  readonly problems: DependencyProblem[];
  isNeededAnyhow?: true;
}

export interface Selection {
  /** By slot. */
  readonly revisions: ReadonlyMap<string, PackageRevisionApis>;
  /** Slots of packages that nothing can take the place of. */
  readonly fixed: ReadonlySet<string>;
}

export interface WalkOptions {
  readonly index: DependencyIndex;
  /** Of one target, or one of a catalog. */
  readonly roots: readonly PackageRevisionApis[];
  readonly selection: Selection;
  /** Kept between walks. */
  readonly provide: (by: PackageRevisionApis, target: string | undefined) => Generator<void, readonly Provision[]>;
}

/** Visits what the roots need, with revisions that were selected before. */
export class Walk {
  readonly nodes = new Map<string, WorkNode>();
  readonly slots = new Map<string, Slot>();
  /** True if a package was taken of several that have what is needed. */
  hasChosen = false;
  readonly #options: WalkOptions;
  /** In a catalog, the root stands for its package. */
  readonly #catalogRoots = new Map<string, PackageRevisionApis>();

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /** Each package is a step, or some if it has many needs: more of them would take longer than the work itself. */
  *run(): Generator<void, void> {
    for (const root of this.#options.roots) {
      yield;
      const target = targetOf(root.package);
      if (target === undefined) this.#catalogRoots.set(slotId(target, keyOfPackage(root.package)), root);
      this.#addNode(root.name, root, target, "installed");
    }
    // The map grows while it is visited.
    for (const node of this.nodes.values()) yield* this.#visit(node);
  }

  *#visit(node: WorkNode): Generator<void, void> {
    const { revision, target } = node;
    const provisions = yield* this.#options.provide(revision, target);
    for (const [at, one] of provisions.entries()) {
      if (at % NEEDS_OF_STEP === 0) yield;
      this.#take(node, one);
    }
    const { omitted, unreadable } = revision.apis;
    const warn = (message: string) => node.problems.push({ severity: "warning", message });
    if (revision.isUnread === true) warn("its files are in Git only: what it needs is not known");
    if (omitted > 0) warn(`${omitted} more offers and needs are not looked at`);
    if (unreadable.length > 0) warn(`files cannot be read: ${unreadable.join(", ")}`);
  }

  #take(node: WorkNode, { need, provider, problem }: Provision): void {
    if (problem !== undefined) node.problems.push({ ...problem, need });
    switch (provider.kind) {
      case "core":
        node.core.push(need);
        break;
      case "installed": {
        const { revision } = provider;
        this.#addEdge(node, this.#addNode(revision.name, revision, targetOf(revision.package), "installed"), need);
        break;
      }
      case "catalog":
        this.#takeOfCatalog(node, need, provider.keys, provider.target);
        break;
      case "own":
      case "none":
        break;
      default:
        provider satisfies never;
    }
  }

  #takeOfCatalog(node: WorkNode, need: Need, keys: readonly string[], target: string | undefined): void {
    const { index, selection } = this.#options;
    const key = keys.find((one) => selection.fixed.has(slotId(target, one))) ?? keys[0];
    if (key === undefined) return;
    if (keys.length > 1) this.hasChosen = true;
    const id = slotId(target, key);
    const isFixed = need.kind !== "rule" && keys.length === 1;
    const demand: Demand = { from: node.id, by: node.revision, need, isFixed, accepts: acceptanceOf(need) };
    const root = this.#catalogRoots.get(id);
    if (root !== undefined) {
      this.#takeOfRoot(node, root, demand);
      return;
    }
    const slot = this.slots.get(id) ?? { id, key, demands: [] };
    this.slots.set(id, slot);
    slot.demands.push(demand);
    const revision = this.nodes.get(id)?.revision ?? selection.revisions.get(id) ?? firstFor(index, key, demand);
    if (revision === undefined) return;
    this.#addEdge(node, this.#addNode(id, revision, target, "catalog"), need);
    const added = this.nodes.get(id);
    if (added !== undefined && selection.fixed.has(id)) added.isNeededAnyhow = true;
    for (const other of keys) if (other !== key) this.#addAlternative(id, other);
  }

  #takeOfRoot(node: WorkNode, root: PackageRevisionApis, { need, accepts }: Demand): void {
    this.#addEdge(node, root.name, need);
    // A draft has no revision yet.
    if (accepts(root) || (need.kind === "package" && parseRevision(root.revision) === undefined)) return;
    const message = `${revisionName(root)} is not what is needed: ${describeNeed(need)}`;
    node.problems.push({ severity: "error", message, need });
  }

  #addAlternative(id: string, key: string): void {
    const known = this.nodes.get(id)?.alternatives;
    if (known === undefined || known.size >= MAX_ALTERNATIVES) return;
    const [latest] = this.#options.index.newestFirst(key);
    if (latest !== undefined) known.add(packageName(latest.package));
  }

  #addNode(
    id: string,
    revision: PackageRevisionApis,
    target: string | undefined,
    state: DependencyNode["state"],
  ): string {
    if (!this.nodes.has(id) && this.nodes.size < MAX_NODES) {
      const common = { id, revision, state, ...(target !== undefined && { target }) };
      this.nodes.set(id, { ...common, edges: new Map(), core: [], problems: [], alternatives: new Set() });
    }
    return id;
  }

  #addEdge(node: WorkNode, to: string, need: Need): void {
    if (!this.nodes.has(to)) {
      const message = `what provides it is not looked at: there are more than ${MAX_NODES} packages`;
      node.problems.push({ severity: "warning", message, need });
      return;
    }
    const needs = node.edges.get(to);
    if (needs === undefined) node.edges.set(to, [need]);
    else needs.push(need);
  }
}

function firstFor(index: DependencyIndex, key: string, { accepts }: Demand): PackageRevisionApis | undefined {
  const revisions = index.newestFirst(key);
  return revisions.find(accepts) ?? revisions[0];
}

function slotId(target: string | undefined, key: string): string {
  return `${target ?? ""} ${key}`;
}
