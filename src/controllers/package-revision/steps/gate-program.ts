import { requiredGates } from "../../../core/revision/preconditions/gates.ts";
import type { RevisionScope } from "../scope.ts";
import { isAllowed, isServiceAccount } from "./access-review.ts";

/**
 * True for a ServiceAccount that may set one of the gates that the draft, or its Repository, requires: `update
 * packagerevisions/gates`, with the condition type as the resource's name. People who may set gates are no gate
 * programs. One API call a gate, at most 32.
 */
export async function isGateProgram(
  { dependencies: { client }, observation }: Pick<RevisionScope, "dependencies" | "observation">,
  user: string,
): Promise<boolean> {
  if (!isServiceAccount(user)) return false;
  const { namespace } = observation.object.metadata;
  for (const name of requiredGates(observation)) {
    if (await isAllowed(client, user, { verb: "update", subresource: "gates", namespace, name })) return true;
  }
  return false;
}
