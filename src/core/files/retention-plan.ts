import type { ContentsMode } from "../../api/v1alpha1/repository-spec.ts";
import { compare } from "../identity/compare.ts";

/** A package revision whose contents objects may be kept in the cluster. */
export interface ContentsCandidate {
  readonly name: string;
  /** The size of its contents objects, in bytes of JSON. */
  readonly size: number;
  /** Kept whatever its size: a draft, a proposal, or contents that cannot be recreated. */
  readonly always: boolean;
  readonly latest: boolean;
  /** The time of publication, in seconds since 1970; 0 if unknown. */
  readonly time: number;
}

export interface RetentionPlan {
  /** Names of the package revisions whose files are kept in the cluster. */
  readonly kept: ReadonlySet<string>;
  /** Their size, in bytes of JSON. */
  readonly bytes: number;
}

/** Larger revisions come last: a single one would displace all others. */
const LARGE_BYTES = 8 * 1024 * 1024;

/** Whether the mode keeps a published revision; undefined if the budget decides. */
export function retainedByMode(mode: ContentsMode, latest: boolean): boolean | undefined {
  switch (mode) {
    case "All":
      return true;
    case "Latest":
      return latest;
    case "Drafts":
      return false;
    case "Auto":
      return undefined;
    default:
      return mode satisfies never;
  }
}

/**
 * Selects the package revisions of one Repository whose files are kept in the cluster. The budget, in bytes of JSON, is
 * spent in a fixed order up to the first revision that does not fit, so that a larger budget never keeps less.
 */
export function planRetention(
  mode: ContentsMode,
  budget: number,
  candidates: readonly ContentsCandidate[],
): RetentionPlan {
  const kept = new Set<string>();
  let bytes = 0;
  const keep = ({ name, size }: ContentsCandidate) => {
    kept.add(name);
    bytes += size;
  };
  const undecided: ContentsCandidate[] = [];
  for (const one of candidates) {
    const retained = one.always || retainedByMode(mode, one.latest);
    if (retained === true) keep(one);
    else if (retained === undefined) undecided.push(one);
  }
  for (const one of undecided.sort(comparePriority)) {
    if (bytes + one.size > budget) break;
    keep(one);
  }
  return { kept, bytes };
}

/** The latest revision of each package first, then by time of publication, newest first, then by name. */
function comparePriority(a: ContentsCandidate, b: ContentsCandidate): number {
  return rank(a) - rank(b) || b.time - a.time || compare(a.name, b.name);
}

function rank({ size, latest }: ContentsCandidate): number {
  if (size > LARGE_BYTES) return 2;
  return latest ? 0 : 1;
}
