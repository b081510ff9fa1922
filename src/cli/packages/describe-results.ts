import type { PackageResult, PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import { printableLine } from "../output/printable.ts";
import type { Style } from "../output/style.ts";

/** What the render and the validation said of a draft or a proposal, the worst first, a line each. */
export function describeResults(pages: readonly PackageRevisionResources[], style: Style): readonly string[] {
  const { results = [], resultsCount = 0 } = pages[0]?.status ?? {};
  const more = resultsCount - results.length;
  return [...results.map((one) => describeResult(one, style)), ...(more > 0 ? [`and ${more} more`] : [])];
}

function describeResult({ severity, source, message, ...place }: PackageResult, style: Style): string {
  const { path, line, column, resource, field } = place;
  const numbers = [line, column].filter((one) => one !== undefined).map((one) => `:${one}`);
  const at = path === undefined ? "" : `${path}${numbers.join("")}: `;
  const about = [resource, field].filter((one) => one !== undefined).join(" ");
  const colour = { error: style.red, warning: style.yellow }[severity];
  return `${colour(severity)}: ${printableLine(`${at}${message}${about === "" ? "" : ` (${about})`} [${source}]`)}`;
}
