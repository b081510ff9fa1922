import type { PackageApis } from "../../../core/dependencies/package-apis.ts";
import { NOT_RESOLVED } from "../../../core/processing/verdicts.ts";
import type { RevisionScope } from "../scope.ts";
import { scheduleOf } from "./schedule-of.ts";

/**
 * What the package needs, and what the gate `schedule` says of that; nothing while the packages of the namespace are
 * being read.
 * @param apis absent for a package whose files could not be looked at
 */
export async function dependenciesOf(scope: RevisionScope, apis: PackageApis | undefined, isPassed: boolean) {
  if (apis === undefined) return { dependencies: { dependencies: undefined }, scheduled: NOT_RESOLVED };
  const resolved = await scope.dependencies.needs.resolve(scope.object, apis);
  if (resolved === undefined) return {};
  const { graph, status } = resolved;
  const schedule = scheduleOf(scope, graph, isPassed);
  return {
    dependencies: { dependencies: status },
    graph,
    ...(schedule !== undefined && { scheduled: schedule.verdict, schedule }),
  };
}
