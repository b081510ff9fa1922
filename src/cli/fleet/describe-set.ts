import type { PackageVariantSet, PackageVariantSetStatus } from "../../api/v1alpha1/package-variant-set.ts";
import type { RolloutStatus } from "../../api/v1alpha1/rollout.ts";
import { formatCount } from "../../core/conditions/count.ts";
import type { SetPlan } from "../../core/variant-sets/set-plan.ts";
import { formatConditions } from "../output/conditions.ts";
import { formatFacts, section } from "../output/facts.ts";
import { printable } from "../output/printable.ts";
import type { Style } from "../output/style.ts";
import { readyOf } from "../packages/conditions.ts";

/** What a set is, and how far its targets are: lines for a person. */
export function describeSet(set: PackageVariantSet, style: Style, now: number): readonly string[] {
  const { metadata, spec, status } = set;
  const ready = readyOf(set);
  const colour = ready?.status === "True" ? style.green : style.red;
  const { repository, package: name, revision = "latest" } = spec.template.upstream;
  return [
    `${style.bold(printable(metadata.name))}  ${colour(ready?.reason ?? "not seen by an operator yet")}`,
    "",
    ...formatFacts(
      [
        ["Upstream", `${repository}/${name} (${revision})`],
        ["Targets", status?.targets === undefined ? undefined : String(status.targets)],
        ["Progress", progressOf(status)],
        ["Rollout", describeRollout(status?.rollout)],
      ],
      style,
    ),
    ...section("Conditions", formatConditions(status?.conditions, style, now), style),
    ...section("Failed", describeFailed(status?.failed ?? [], style), style),
  ];
}

/** `Paused: 12/50 published, wave 2 of 5: paused before the next wave`. The last part says what helps. */
export function describeRollout(rollout: RolloutStatus | undefined): string | undefined {
  if (rollout === undefined) return undefined;
  const { state, progress, message } = rollout;
  return printable([state, progress, ...(state === "Completed" ? [] : [message])].join(": "));
}

/** `5/12 published, 10 ready`. */
function progressOf(status: PackageVariantSetStatus | undefined): string | undefined {
  if (status?.targets === undefined) return undefined;
  return `${status.published ?? 0}/${status.targets} published, ${status.ready ?? 0} ready`;
}

function describeFailed(failed: SetPlan["failed"], style: Style): readonly string[] {
  return failed.map(({ target, reason, message }) => {
    return `  ${printable(target)}: ${style.red(printable(reason))}: ${printable(message)}`;
  });
}

/**
 * What a plan would change: lines for a person.
 * @param shown `describePlan` of it
 */
export function describeSetPlan(
  plan: SetPlan,
  shown: PackageVariantSetStatus["plan"],
  style: Style,
): readonly string[] {
  const { created = [], changed = [], removed = [] } = shown ?? {};
  const more = (all: number, some: number) => (all > some ? [`  … and ${all - some} more`] : []);
  return [
    ...created.map((name) => style.green(`+ ${printable(name)}`)),
    ...more(plan.create.length, created.length),
    ...changed.flatMap(({ name, fields }) => [
      style.yellow(`~ ${printable(name)}`),
      ...fields.map((field) => `    ${printable(field)}`),
    ]),
    ...more(plan.change.length, changed.length),
    ...removed.map((name) => style.red(`- ${printable(name)}`)),
    ...more(plan.remove.length, removed.length),
    ...section("Failed", describeFailed(plan.failed, style), style),
    [
      formatCount(plan.targets, "target"),
      `${plan.create.length} to create`,
      `${plan.change.length} to change`,
      `${plan.remove.length} to remove`,
    ].join(", "),
  ];
}
