import { digestOfDefinitions, neededDefinitions } from "../../../core/dependencies/needed-definitions.ts";
import type { ProcessResult } from "../../../core/processing/process-package.ts";
import type { RevisionScope } from "../scope.ts";

/**
 * Whether the definitions that files were compared with are those of the packages that they need now. `unknown`: these
 * packages are being read, and status has a verdict from before a restart, which stays. A first verdict does not wait
 * for them (`same`).
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
