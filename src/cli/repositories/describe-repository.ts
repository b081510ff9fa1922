import type { Repository } from "../../api/v1alpha1/repository.ts";
import { formatCount } from "../../core/conditions/count.ts";
import { formatAge } from "../output/age.ts";
import { formatConditions } from "../output/conditions.ts";
import { formatFacts, section } from "../output/facts.ts";
import { printable } from "../output/printable.ts";
import type { Style } from "../output/style.ts";
import { readyOf } from "../packages/conditions.ts";

/** What a Repository is, what was found in it, and what was skipped, with the reasons: lines for a person. */
export function describeRepository(repository: Repository, style: Style, now: number): readonly string[] {
  const { metadata, spec, status = { observedGeneration: -1 } } = repository;
  const ready = readyOf(repository);
  const colour = ready?.status === "True" ? style.green : style.red;
  const { git, sync } = spec;
  return [
    `${style.bold(printable(metadata.name))}  ${colour(ready?.reason ?? "not seen by an operator yet")}`,
    "",
    ...formatFacts(
      [
        ["URL", git?.url],
        ["Branch", git?.ref],
        ["Directory", git?.directory || undefined],
        ["Kind", spec.deployment === true ? "deployment repository, of packages for targets" : "catalog of blueprints"],
        ["Credentials", git?.credentials && `Secret ${git.credentials}`],
        ["Approval", spec.approval?.fourEyes === true ? "four eyes" : undefined],
        ["Gates", spec.readinessGates?.map(({ conditionType }) => conditionType).join(", ")],
        ["Sync", sync?.suspend === true ? "suspended" : `every ${sync?.interval ?? "1m"}`],
        ["Last sync", status.lastSyncTime && `${status.lastSyncTime} (${formatAge(status.lastSyncTime, now)} ago)`],
        ["Commit", status.commit],
        ["Found", describeFound(repository)],
      ],
      style,
    ),
    ...section("Conditions", formatConditions(status.conditions, style, now), style),
    ...section("Skipped", describeSkipped(repository), style),
  ];
}

/** `2 packages, 3 published revisions, 1 draft or proposal, 4 refs skipped`. */
export function describeFound({ status }: Repository): string {
  return [
    formatCount(status?.packages ?? 0, "package"),
    formatCount(status?.revisions ?? 0, "published revision"),
    formatCount(status?.drafts ?? 0, "draft or proposal", "drafts and proposals"),
    formatCount(status?.skippedCount ?? 0, "ref skipped", "refs skipped"),
  ].join(", ");
}

/** Refs that are no package revisions, by reason, with some of each. */
export function describeSkipped({ status }: Repository): readonly string[] {
  return (status?.skippedReasons ?? []).flatMap(({ reason, count }) => {
    const some = status?.skipped?.filter((one) => one.reason === reason) ?? [];
    return [
      `  ${printable(reason)}: ${count}`,
      ...some.map(({ ref, message }) => `    ${printable(ref)}: ${printable(message)}`),
    ];
  });
}
