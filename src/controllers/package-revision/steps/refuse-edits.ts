import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import { UNACKNOWLEDGED } from "../resources/contents.ts";
import type { EditProblem } from "../resources/merge-edits.ts";
import type { RevisionScope } from "../scope.ts";
import type { StepResult } from "./step.ts";

/** Reports what is wrong with the contents. They stay as they are, editable and not acknowledged; so does Git. */
export async function refuseEdits(
  { contents, object }: RevisionScope,
  pages: readonly PackageRevisionResources[],
  problems: readonly EditProblem[],
): Promise<StepResult> {
  const reason = problems[0]?.reason ?? "InvalidContent";
  const error = problems.map((one) => one.message).join("; ");
  await contents.updatePageStatus(object, pages, { frozen: false, error }, UNACKNOWLEDGED);
  const isHeldBack = object.spec.lifecycle === "proposed";
  return {
    status: { lifecycle: "draft", waitingFor: isHeldBack ? [reason] : undefined },
    readiness: { state: "stalled", reason, message: error },
  };
}
