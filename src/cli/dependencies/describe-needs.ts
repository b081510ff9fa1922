import { filesOf, type Need } from "../../core/dependencies/graph.ts";
import { refOf } from "../../core/dependencies/report.ts";
import type { PackageRevisionApis } from "../../core/dependencies/revision-apis.ts";
import { printableLine } from "../output/printable.ts";

/** Needs that a line names. */
const MAX_NAMED = 3;

/** `Certificate, Issuer (certificates.yaml)`, `^1.2.0 (needs.yaml)`, `roles`: why a package is needed. */
export function describeNeeds(needs: readonly Need[], by: PackageRevisionApis): string {
  const ordered = needs.filter(({ kind }) => kind !== "rule");
  const shown = ordered.length > 0 ? ordered : needs;
  const texts = [...new Set(shown.map((need) => textOf(need, by)))];
  const rest = texts.length > MAX_NAMED ? `, and ${texts.length - MAX_NAMED} more` : "";
  const [file] = shown.flatMap(filesOf);
  const what = `${texts.slice(0, MAX_NAMED).join(", ")}${rest}`;
  return printableLine(`${ordered.length > 0 ? "" : "roles for "}${what}${file === undefined ? "" : ` (${file})`}`);
}

function textOf(need: Need, by: PackageRevisionApis): string {
  if (need.kind === "package") return need.need.revision ?? need.need.kind;
  return refOf(need, by).kind;
}
