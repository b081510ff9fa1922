import { digestOfDefinitions, neededDefinitions } from "../../../core/dependencies/needed-definitions.ts";
import type { ProcessResult } from "../../../core/processing/process-package.ts";
import type { RevisionScope } from "../scope.ts";

/**
 * Whether files were compared with the definitions of the packages that they need now. While these are not known, a new
 * verdict does without them, and one from before a restart stays.
 * @param contentDigest of the files
 */
export async function compareDefinitions(
  { object, dependencies }: Pick<RevisionScope, "object" | "dependencies">,
  contentDigest: string,
  { apis, validation, neededDigest = "" }: ProcessResult,
): Promise<"same" | "others" | "unknown"> {
  if (apis === undefined) return "same";
  const needs = await dependencies.needs.resolve(object, apis);
  if (needs !== undefined)
    return digestOfDefinitions(neededDefinitions(needs.graph)) === neededDigest ? "same" : "others";
  const { contentDigest: known, conditions = [] } = object.status ?? {};
  const isValidated = conditions.some(({ type, status }) => type === "Validated" && status !== "Unknown");
  const mayDiffer = (validation?.unknownGroups ?? []).length > 0;
  return isValidated && mayDiffer && known === contentDigest ? "unknown" : "same";
}
