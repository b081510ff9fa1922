import { isAttributedSoFar, nextAttribution } from "../../../core/revision/attribution.ts";
import { requiresAttribution } from "../repository-of.ts";
import type { RevisionScope } from "../scope.ts";

/** Continues the message of a draft or proposal that four eyes keep from being published; empty for others. */
export function unattributedNote({ dependencies, object }: Pick<RevisionScope, "dependencies" | "object">): string {
  const isRequired = requiresAttribution(dependencies, object);
  if (nextAttribution(isRequired, object.status?.attribution, isAttributedSoFar(object)) !== "Partial") return "";
  return (
    "; nobody can approve it, since not everybody who created or changed it is known (status.attribution is Partial): " +
    "create a new package revision with these files"
  );
}
