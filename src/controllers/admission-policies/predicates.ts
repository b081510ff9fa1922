import type { AdmissionObject } from "../../core/admission/policy-manifests.ts";

/**
 * True if the object was deleted and created again while the watch was closed: requests were admitted without it in
 * between.
 */
export function wasRecreated(next: AdmissionObject | undefined, previous: AdmissionObject | undefined): boolean {
  return next !== undefined && previous !== undefined && next.metadata.uid !== previous.metadata.uid;
}
