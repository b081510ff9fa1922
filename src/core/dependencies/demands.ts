import { compare } from "../identity/compare.ts";
import { revisionFilter } from "../identity/revision-range.ts";
import { apiVersionOf } from "./core-kinds.ts";
import { filesOf, type Need } from "./graph.ts";
import type { PackageNeed } from "./package-apis.ts";
import { hasResource, offerOf, type PackageRevisionApis, packageName, revisionName } from "./revision-apis.ts";

/** What one package asks of the revision of another one. */
export interface Demand {
  /** The id of its node. */
  readonly from: string;
  readonly by: PackageRevisionApis;
  readonly need: Need;
  /** True if no other package could take the place of this one. */
  readonly isFixed: boolean;
  readonly accepts: (one: PackageRevisionApis) => boolean;
}

/** The upstream of a package may be its folder on main, which no revision stands for. */
const MAIN = "main";

/** Undefined for a text that is neither a revision nor a range. */
export function acceptedRevisions({ revision }: PackageNeed): ((revision: string) => boolean) | undefined {
  return revision === undefined || revision === MAIN ? () => true : revisionFilter(revision);
}

/** Whether a revision of a package is what a need asks for. */
export function acceptanceOf(need: Need): Demand["accepts"] {
  switch (need.kind) {
    case "api":
      return (one) => offerOf(one, need.need)?.isServed === true;
    case "rule":
      return (one) => hasResource(one, need.need);
    case "package": {
      const accepts = acceptedRevisions(need.need) ?? (() => false);
      return (one) => accepts(one.revision);
    }
    default:
      return need satisfies never;
  }
}

/** For messages: `cert-manager.io/v1, Kind=Certificate (issuer.yaml)`, `^1.2.0 (needs.yaml)`. */
export function describeNeed(one: Need): string {
  const [file = ""] = filesOf(one);
  return `${describeWithoutFile(one)} (${file})`;
}

function describeWithoutFile(one: Need): string {
  switch (one.kind) {
    case "api":
      return gvkText(one.need);
    case "rule":
      return `${one.need.resource}.${one.need.group}`;
    case "package":
      return one.need.revision ?? "any revision";
    default:
      return one satisfies never;
  }
}

/** As apimachinery prints it. */
export function gvkText({
  group,
  version,
  kind,
}: {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}): string {
  return group === "" ? `/${version}, Kind=${kind}` : `${apiVersionOf(group, version)}, Kind=${kind}`;
}

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

/** @param revisions published ones, the newest first */
export function selectRevision(revisions: readonly PackageRevisionApis[], demands: readonly Demand[]): Selected {
  const all = revisions.find((one) => demands.every(({ accepts }) => accepts(one)));
  if (all !== undefined) return { revision: all, unmet: [] };
  const sorted = demands
    .map((demand) => ({ demand, key: sortKey(demand) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ demand }) => demand);
  const [met, unmet] = partition(sorted, ({ accepts }) => revisions.some(accepts));
  const [first] = met;
  if (first === undefined) return { revision: revisions[0], unmet };
  const rest = revisions.find((one) => met.every(({ accepts }) => accepts(one)));
  if (rest !== undefined) return { revision: rest, unmet };
  const revision = revisions.find(first.accepts);
  return { revision, unmet, ...(revision !== undefined && { conflict: describeConflict(revision, revisions, met) }) };
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  const groups = Map.groupBy(all, isFirst);
  return [groups.get(true) ?? [], groups.get(false) ?? []];
}

function describeConflict(
  { package: id }: PackageRevisionApis,
  revisions: readonly PackageRevisionApis[],
  demands: readonly Demand[],
): string {
  const name = packageName(id);
  const texts = (ones: readonly Demand[]) =>
    ones.map(({ by, need }) => `${revisionName(by)} needs ${describeNeed(need)}`).join(", and ");
  const compared = demands.slice(0, MAX_COMPARED);
  for (const [index, a] of compared.entries()) {
    for (const b of compared.slice(index + 1)) {
      if (!revisions.some((one) => a.accepts(one) && b.accepts(one)))
        return `no revision of ${name} fits both: ${texts([a, b])}`;
    }
  }
  const shown = demands.slice(0, MAX_NAMED);
  const rest = demands.length > shown.length ? `, and ${demands.length - shown.length} more` : "";
  return `no revision of ${name} fits all: ${texts(shown)}${rest}`;
}

function sortKey({ from, need }: Demand): string {
  return `${from} ${need.kind} ${describeNeed(need)}`;
}
