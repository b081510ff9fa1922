import { type Demand, describeNeed } from "./demands.ts";
import type { DependencyIndex } from "./dependency-index.ts";
import type { DependencyNode, DependencyProblem } from "./graph.ts";
import { type PackageRevisionApis, packageName } from "./revision-apis.ts";
import { selectInSteps } from "./select-revision.ts";
import { type Selection, type Slot, Walk, type WalkOptions } from "./walk.ts";

/** Walks after which all that was ever needed counts, so that the selection comes to an end. */
const ACCUMULATE_AFTER = 8;
const MAX_WALKS = 32;

/**
 * Everything that some packages need, and what provides it: packages that are published in their target first, else of
 * the catalogs the newest revision that all demands accept. One revision of a package for one target. Deterministic;
 * costs some walks of what the roots lead to, in steps of a few packages.
 */
export function* resolveInSteps({
  index,
  ...options
}: Omit<WalkOptions, "selection">): Generator<void, ReadonlyMap<string, DependencyNode>> {
  const everything = new Map<string, KnownSlot>();
  let selection: Selection = { revisions: new Map(), fixed: new Set() };
  for (let walks = 1; ; walks++) {
    const walk = new Walk({ index, selection, ...options });
    yield* walk.run();
    const slots = walks > ACCUMULATE_AFTER ? accumulate(everything, walk.slots) : walk.slots;
    yield;
    const { revisions, problems } = yield* selectAllInSteps(index, slots.values());
    const next = { revisions, fixed: fixedSlots(slots.values()) };
    const isStable =
      [...revisions].every(([id, one]) => walk.nodes.get(id)?.revision === one) &&
      (!walk.hasChosen || next.fixed.symmetricDifference(selection.fixed).size === 0);
    if (isStable || walks === MAX_WALKS) {
      for (const { node, problem } of problems) walk.nodes.get(node)?.problems.push(problem);
      return walk.nodes;
    }
    selection = next;
  }
}

interface SlotProblem {
  /** The node that has the problem. */
  readonly node: string;
  readonly problem: DependencyProblem;
}

function* selectAllInSteps(index: DependencyIndex, slots: Iterable<Slot>) {
  const revisions = new Map<string, PackageRevisionApis>();
  const problems: SlotProblem[] = [];
  for (const { id, key, demands } of slots) {
    yield;
    const published = index.newestFirst(key);
    const { revision, unmet, conflict } = yield* selectInSteps(published, demands);
    for (const demand of unmet)
      problems.push({ node: demand.from, problem: { severity: "error", ...describeUnmet(demand, published[0]) } });
    if (conflict !== undefined) problems.push({ node: id, problem: { severity: "error", message: conflict } });
    if (revision !== undefined) revisions.set(id, revision);
  }
  return { revisions, problems };
}

function describeUnmet(
  { need }: Demand,
  latest: PackageRevisionApis | undefined,
): Pick<DependencyProblem, "message" | "need"> {
  const name = latest === undefined ? "" : packageName(latest.package);
  const message = `no revision of ${name} is ${describeNeed(need)}: the latest is ${latest?.revision ?? "none"}`;
  return { message, need };
}

/** A slot with its demands of all walks, each once. */
interface KnownSlot extends Omit<Slot, "demands"> {
  readonly demands: Map<string, Demand>;
}

function accumulate(everything: Map<string, KnownSlot>, slots: ReadonlyMap<string, Slot>): ReadonlyMap<string, Slot> {
  for (const [id, { key, demands }] of slots) {
    const known = everything.get(id) ?? { id, key, demands: new Map<string, Demand>() };
    everything.set(id, known);
    for (const one of demands) {
      const text = `${one.from} ${describeNeed(one.need)}`;
      if (!known.demands.has(text)) known.demands.set(text, one);
    }
  }
  const all = [...everything.values()].filter(({ id }) => slots.has(id));
  return new Map(all.map(({ demands, ...one }) => [one.id, { ...one, demands: [...demands.values()] }]));
}

function fixedSlots(slots: Iterable<Slot>): ReadonlySet<string> {
  return new Set([...slots].flatMap(({ id, demands }) => (demands.some(({ isFixed }) => isFixed) ? [id] : [])));
}
