import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Blocker } from "../../../core/revision/observation.ts";
import type { RevisionDependencies } from "../dependencies.ts";
import { labelLatest } from "./latest-label.ts";
import { readinessOfBlocker, type StepResult } from "./step.ts";

/** Reports why nothing can be done. A revision whose tag was deleted, or is not verified, is not the latest one. */
export async function reportBlocker(
  dependencies: Pick<RevisionDependencies, "client">,
  object: PackageRevision,
  blocker: Blocker,
): Promise<StepResult> {
  const readiness = readinessOfBlocker(blocker);
  if (blocker.reason !== "TagMissing" && blocker.reason !== "NotVerified") return { status: {}, readiness };
  return { object: await labelLatest(dependencies, object, false), status: {}, readiness };
}
