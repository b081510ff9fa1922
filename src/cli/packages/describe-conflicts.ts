import { shellQuote } from "../../core/identity/shell-quote.ts";
import { CONFLICTS_PATH } from "../../core/merge/conflict-file.ts";
import type { ListedConflict } from "../../core/merge/conflict-list.ts";
import type { SettingResult } from "../../core/merge/set-conflicts.ts";
import { CliError } from "../cli-error.ts";
import { printableLine } from "../output/printable.ts";

const MAX_SHOWN = 20;

/** `app.yaml apps/v1 Deployment web spec.replicas` */
export function describeConflict({ file, resource, field }: ListedConflict): string {
  return printableLine([file, resource, field].filter((part) => part !== "").join(" "));
}

export function noConflicts(name: string): never {
  throw new CliError("notFound", `${name} has no conflicts in ${CONFLICTS_PATH}`);
}

export function nothingChosen(name: string): never {
  throw new CliError("notFound", `no conflict of ${name} is chosen`, [toSeeThem(name)]);
}

/** Throws a CliError that lists the conflicts that could be meant. */
export function refuseSetting(name: string, { setting, problem }: SettingResult & { readonly kind: "refused" }): never {
  switch (problem.kind) {
    case "unknown":
      throw new CliError("notFound", `${name} has no open conflict of the field in ${printable(setting)}`, [
        ...listOf(problem.open),
        toSeeThem(name),
      ]);
    case "ambiguous":
      throw new CliError("usage", `${name} has several open conflicts of the field ${printableLine(problem.field)}`, [
        ...listOf(problem.open),
        "to choose one: --file FILE, --resource RESOURCE",
      ]);
    case "invalidValue":
      throw new CliError(
        "usage",
        `the value of ${printableLine(problem.field)} is no YAML for a field: ${problem.why}`,
      );
    case "byHand":
      throw new CliError("refused", `${describeConflict(problem.conflict)} cannot be set`, [
        `to edit it: kubectl pkg edit ${shellQuote(name)}`,
      ]);
    default:
      return problem satisfies never;
  }
}

function listOf(open: readonly ListedConflict[]): readonly string[] {
  const shown = open.slice(0, MAX_SHOWN).map((one) => `open: ${describeConflict(one)}`);
  return open.length > MAX_SHOWN ? [...shown, `and ${open.length - MAX_SHOWN} more`] : shown;
}

function toSeeThem(name: string): string {
  return `to see them: kubectl pkg cat ${shellQuote(name)} ${CONFLICTS_PATH}`;
}

function printable(setting: string): string {
  return JSON.stringify(setting.length > 200 ? `${setting.slice(0, 200)}…` : setting);
}
