import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { compareRevisions } from "../../core/identity/revision.ts";
import { currentLifecycle } from "../names/match.ts";
import { printableLine } from "../output/printable.ts";
import { formatRows } from "../output/table.ts";
import { describeRejection } from "./describe-rejection.ts";

/** One revision of a package, as the operator's record has it. */
export interface HistoryEntry {
  /** Of what is not published, its workspace. */
  readonly version: string;
  readonly lifecycle: string;
  readonly publishedAt?: string;
  readonly publishedBy?: string;
  /** The rule of the Repository that approved it in the place of people. */
  readonly publishedByRule?: string;
  readonly proposedBy?: string;
  readonly digest?: string;
  readonly provenance?: string;
  readonly commit?: string;
  /** The last one, also of what was proposed again, and published. */
  readonly rejection?: NonNullable<PackageRevision["status"]>["lastRejection"];
}

/** What is open first, then the published revisions from the highest number. */
export function historyOf(revisions: readonly PackageRevision[]): readonly HistoryEntry[] {
  return revisions.toSorted(newestFirst).map(entryOf);
}

/** A table, with a line of titles, and the rejections below it. */
export function formatHistory(entries: readonly HistoryEntry[], now: number): string {
  const rows = entries.map((one) => [
    one.version,
    one.lifecycle,
    one.publishedAt ?? "",
    one.publishedByRule === undefined ? (one.publishedBy ?? "") : `rule ${one.publishedByRule}`,
    one.provenance ?? "",
    one.commit?.slice(0, 12) ?? "",
  ]);
  const rejections = entries.flatMap(({ version, rejection }) => {
    const text = describeRejection(rejection, now);
    return text === undefined ? [] : [printableLine(`${version}: ${text}`)];
  });
  const table = formatRows(["VERSION", "LIFECYCLE", "PUBLISHED", "BY", "PROVENANCE", "COMMIT"], rows);
  return rejections.length === 0 ? table : [table, "", ...rejections].join("\n");
}

function entryOf(one: PackageRevision): HistoryEntry {
  const {
    revision,
    publishTimestamp: publishedAt,
    publishedBy,
    publishedByRule,
    provenance,
    commit,
    proposal,
    lastRejection,
  } = one.status ?? {};
  return {
    version: revision ?? one.spec.packageRevID.workspace,
    lifecycle: currentLifecycle(one),
    ...(publishedAt !== undefined && { publishedAt }),
    ...(publishedBy !== undefined && { publishedBy }),
    ...(publishedByRule !== undefined && { publishedByRule }),
    ...(proposal?.by !== undefined && { proposedBy: proposal.by }),
    ...(proposal !== undefined && { digest: proposal.digest }),
    ...(provenance !== undefined && { provenance }),
    ...(commit !== undefined && { commit }),
    ...(lastRejection !== undefined && { rejection: lastRejection }),
  };
}

function newestFirst(a: PackageRevision, b: PackageRevision): number {
  const [left, right] = [a.status?.revision, b.status?.revision];
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  return compareRevisions(right, left);
}
