import type { ContentsMode } from "../../api/v1alpha1/repository.ts";

/** What one package revision would take of the cluster, and what speaks for it. */
export interface ContentsCandidate {
  readonly name: string;
  /** What its contents objects hold, or would hold, in bytes of JSON. */
  readonly size: number;
  /** A draft or a proposal, or what cannot be shown again: kept, whatever it takes. */
  readonly always: boolean;
  readonly latest: boolean;
  /** When it was published, in seconds since 1970; 0 if that is not known. */
  readonly time: number;
}

export interface RetentionPlan {
  /** Names of the package revisions whose files are kept in the cluster. */
  readonly kept: ReadonlySet<string>;
  /** What these take, in bytes of JSON. */
  readonly bytes: number;
}

/** A revision that is larger comes last of all: one of them alone would displace everything else. */
const LARGE = 8 * 1024 * 1024;

/** Whether a published revision is kept whatever the others take; undefined: as far as the budget reaches. */
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
 * Chooses the package revisions of one Repository whose files are kept. What the budget (in bytes of JSON) is spent on has an
 * order, and ends with the first that does not fit: so a larger budget never keeps less.
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
    const answer = one.always || retainedByMode(mode, one.latest);
    if (answer === true) keep(one);
    else if (answer === undefined) undecided.push(one);
  }
  for (const one of undecided.sort(compareWorth)) {
    if (bytes + one.size > budget) break;
    keep(one);
  }
  return { kept, bytes };
}

/** The latest of each package first, then the newest; names decide between equals. */
function compareWorth(a: ContentsCandidate, b: ContentsCandidate): number {
  return rank(a) - rank(b) || b.time - a.time || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

function rank({ size, latest }: ContentsCandidate): number {
  if (size > LARGE) return 2;
  return latest ? 0 : 1;
}
