import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { formatCount } from "../../core/conditions/count.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { shortName } from "../names/query.ts";
import { printableLine } from "../output/printable.ts";

/** Packages that are named. */
const MAX_NAMED = 3;

/** What a draft or proposal lacks, in a line; undefined if it needs no package, or that is not known yet. */
export function describeDependencies(revision: PackageRevision): string | undefined {
  const { dependencies } = revision.status ?? {};
  if (dependencies === undefined) return undefined;
  const { dependencyCount = 0, missing = [], missingCount = 0, error, warningCount = 0 } = dependencies;
  const named = missing.slice(0, MAX_NAMED).join(", ");
  const more = missingCount > MAX_NAMED ? `, and ${missingCount - MAX_NAMED} more` : "";
  const { target = "" } = revision.spec.packageRevID;
  const parts = [
    formatCount(dependencyCount, "API or package", "APIs and packages"),
    ...(missingCount > 0 ? [`to add to ${target}: ${named}${more}`] : []),
    ...(error === undefined ? [] : [`error: ${error}`]),
    ...(warningCount > 0 ? [formatCount(warningCount, "warning")] : []),
    ...(missingCount > 0 || error !== undefined ? [`see kubectl pkg deps ${shellQuote(shortName(revision))}`] : []),
  ];
  return printableLine(parts.join("; "));
}
