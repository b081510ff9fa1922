import type { AuditEntry, AuditRecord } from "../../core/audit/audit-entry.ts";
import { printableLine } from "../output/printable.ts";
import { formatRows } from "../output/table.ts";

const TITLES = ["PACKAGE", "REVISION", "PUBLISHED", "EDITED", "PROPOSED", "APPROVED", "RECORD"];

/** A table, with a line of titles, and below it what does not verify. */
export function formatAudit(entries: readonly AuditEntry[]): string {
  const rows = entries.map(({ record, ...entry }) => [
    entry.package,
    entry.deleted === undefined ? entry.revision : `${entry.revision} (deleted)`,
    entry.publishedAt ?? "",
    record === undefined ? "" : [...record.editedBy, ...(record.editorsUnknown ? ["(others)"] : [])].join(","),
    record?.proposedBy ?? "",
    approversOf(record).join(","),
    verdictOf(entry),
  ]);
  const problems = entries.flatMap((entry) =>
    entry.problems.map((problem) => printableLine(`${entry.package}@${entry.revision}: ${problem}`)),
  );
  return [formatRows(TITLES, rows), ...(problems.length > 0 ? ["", ...problems] : [])].join("\n");
}

function approversOf({ approvedBy, approvals, approvedByRule }: Partial<AuditRecord> = {}): readonly string[] {
  if (approvedByRule !== undefined) return [`rule ${approvedByRule.rule.name}`];
  const first = approvedBy === undefined ? [] : [approvedBy];
  return [...new Set([...first, ...(approvals?.given ?? []).map(({ by }) => by)])];
}

function verdictOf({ problems, provenance }: Pick<AuditEntry, "problems" | "provenance">): string {
  if (problems.length > 0) return "Broken";
  return provenance === "Operator" ? "Verified" : provenance;
}
