import type { RequiredApproval } from "../../../api/v1alpha1/package-revision-status.ts";
import { formatCount } from "../../conditions/count.ts";
import { type Approval, type MissingApproval, missingApprovals } from "./given-approvals.ts";

/** Names in one message. */
const MAX_NAMES = 10;

/**
 * `1 of 2 approvals (bob); waits for 1 of: group net-owners`; without `waits for` if nothing is missing. `others`:
 * those who cannot approve, under four eyes.
 */
export function describeApprovals(
  required: readonly RequiredApproval[],
  given: readonly Approval[],
  others: readonly string[] = [],
): string {
  const missing = missingApprovals(required, given);
  const least = given.length + Math.max(0, ...missing.map((one) => one.missing));
  const all = Math.max(least, ...required.map((one) => one.required));
  const by = given.length === 0 ? "" : ` (${listNames(given.map((one) => one.by))})`;
  const counts = `${given.length} of ${formatCount(all, "approval")}${by}`;
  if (missing.length === 0) return counts;
  const except = others.length === 0 ? "" : `, other than ${listNames(others)}`;
  return `${counts}; waits for ${missing.map(describeMissing).join(" and ")}${except}`;
}

function describeMissing({ groups, missing, rule }: MissingApproval): string {
  const who = groups === undefined ? "any approver" : groups.map((group) => `group ${group}`).join(", ");
  return `${missing} of: ${who}${rule === undefined ? "" : ` (rule ${rule})`}`;
}

function listNames(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return `${names.slice(0, MAX_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
