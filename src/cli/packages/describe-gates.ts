import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { openGates, requiredGates } from "../../core/revision/preconditions/gates.ts";

export interface GateDescription {
  readonly conditionType: string;
  /** It holds the next step back. */
  readonly isOpen: boolean;
  /** Continues a sentence about it: `is True`, `has no verdict in status.gates`. */
  readonly state: string;
}

/** The gates that must be True, also those of the Repository, as the operator sees them. */
export function describeGates(object: PackageRevision, repository: Repository | undefined): readonly GateDescription[] {
  const gated = { object, ...(repository !== undefined && { repository }) };
  const open = new Map(openGates(gated).map(({ conditionType, state }) => [conditionType, state] as const));
  return requiredGates(gated).map((conditionType) => {
    const state = open.get(conditionType);
    const message = object.status?.gates?.find((one) => one.conditionType === conditionType)?.message;
    const fulfilled = `is True${message === undefined ? "" : `: ${message}`}`;
    return { conditionType, isOpen: state !== undefined, state: state ?? fulfilled };
  });
}

/** Said where the Repository cannot be read. */
export function gatesUnknown({ spec }: PackageRevision): string {
  return `the gates of the Repository ${spec.packageRevID.repository} are not known: it is gone, or you may not read it`;
}
