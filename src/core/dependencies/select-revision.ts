import { compare } from "../identity/compare.ts";
import { acceptanceKey, type Demand, describeNeed } from "./demands.ts";
import { type PackageRevisionApis, packageName, revisionName } from "./revision-apis.ts";

/** Of a conflict, so many are compared with each other. */
const MAX_COMPARED = 50;
/** And so many are named if no two of them exclude each other. */
const MAX_NAMED = 5;

export interface Selected {
  /** The newest revision that all demands accept, but those that none meets; in a conflict, what the first one gets. */
  readonly revision: PackageRevisionApis | undefined;
  /** Demands that no revision meets: they do not decide about the others. */
  readonly unmet: readonly Demand[];
  readonly conflict?: string;
}

/** Demands that accept the same revisions: thousands of packages need the same kind. */
interface DemandGroup {
  readonly key: string;
  readonly demands: Demand[];
  readonly accepts: Demand["accepts"];
}

/** @param revisions published ones, the newest first. Each one, and each group of demands, is a step. */
export function* selectInSteps(
  revisions: readonly PackageRevisionApis[],
  demands: readonly Demand[],
): Generator<void, Selected> {
  const [latest] = revisions;
  if (latest !== undefined && demands.every(({ accepts }) => accepts(latest))) return { revision: latest, unmet: [] };
  const groups = groupsOf(demands);
  const all = yield* newestFor(revisions, groups);
  if (all !== undefined) return { revision: all, unmet: [] };
  const accepted = new Map<DemandGroup, ReadonlySet<PackageRevisionApis>>();
  for (const group of groups) {
    yield;
    accepted.set(group, new Set(revisions.filter(group.accepts)));
  }
  const isMet = (group: DemandGroup) => accepted.get(group)?.size !== 0;
  const met = groups.filter(isMet);
  const unmet = sorted(groups.filter((group) => !isMet(group)));
  const sortedMet = sorted(met);
  const [first] = sortedMet;
  if (first === undefined) return { revision: revisions[0], unmet };
  const rest = yield* newestFor(revisions, met);
  if (rest !== undefined) return { revision: rest, unmet };
  const revision = revisions.find(first.accepts);
  if (revision === undefined) return { revision, unmet };
  const excluding = yield* findExcluding(sortedMet, met, accepted);
  return { revision, unmet, conflict: describeConflict(revision, sortedMet, excluding) };
}

function groupsOf(demands: readonly Demand[]): readonly DemandGroup[] {
  const groups = new Map<string, DemandGroup>();
  for (const one of demands) {
    const key = acceptanceKey(one.need);
    const group = groups.get(key) ?? { key, demands: [], accepts: one.accepts };
    groups.set(key, group);
    group.demands.push(one);
  }
  return [...groups.values()];
}

function* newestFor(
  revisions: readonly PackageRevisionApis[],
  groups: readonly DemandGroup[],
): Generator<void, PackageRevisionApis | undefined> {
  for (const one of revisions) {
    if (groups.every(({ accepts }) => accepts(one))) return one;
    yield;
  }
  return undefined;
}

/** The first two demands that no revision meets together, of those that are compared. */
function* findExcluding(
  demands: readonly Demand[],
  groups: readonly DemandGroup[],
  accepted: ReadonlyMap<DemandGroup, ReadonlySet<PackageRevisionApis>>,
): Generator<void, readonly Demand[] | undefined> {
  const byKey = new Map(groups.map((group) => [group.key, accepted.get(group) ?? new Set<PackageRevisionApis>()]));
  const compared = demands
    .slice(0, MAX_COMPARED)
    .map((demand) => ({ demand, by: byKey.get(acceptanceKey(demand.need)) }));
  for (const [index, a] of compared.entries()) {
    yield;
    for (const b of compared.slice(index + 1)) {
      if (a.by !== b.by && b.by !== undefined && a.by?.isDisjointFrom(b.by) === true) return [a.demand, b.demand];
    }
  }
  return undefined;
}

function describeConflict(
  { package: id }: PackageRevisionApis,
  demands: readonly Demand[],
  excluding: readonly Demand[] | undefined,
): string {
  const name = packageName(id);
  const texts = (ones: readonly Demand[]) =>
    ones.map(({ by, need }) => `${revisionName(by)} needs ${describeNeed(need)}`).join(", and ");
  if (excluding !== undefined) return `no revision of ${name} fits both: ${texts(excluding)}`;
  const shown = demands.slice(0, MAX_NAMED);
  const rest = demands.length > shown.length ? `, and ${demands.length - shown.length} more` : "";
  return `no revision of ${name} fits all: ${texts(shown)}${rest}`;
}

function sorted(groups: readonly DemandGroup[]): readonly Demand[] {
  return groups
    .flatMap(({ demands }) => demands)
    .map((demand) => ({ demand, key: sortKey(demand) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ demand }) => demand);
}

function sortKey({ from, need }: Demand): string {
  return `${from} ${need.kind} ${describeNeed(need)}`;
}
