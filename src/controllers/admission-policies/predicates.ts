import type { AdmissionObject } from "../../core/admission/policy-manifests.ts";
import { canonicalJson } from "../../core/identity/canonical-json.ts";

/**
 * True if the object was deleted and created again, or changed and changed back, while the watch was closed: in
 * between, requests were admitted that it refuses now.
 */
export function wasInterrupted(next: AdmissionObject | undefined, previous: AdmissionObject | undefined): boolean {
  if (next === undefined || previous === undefined) return false;
  if (next.metadata.uid !== previous.metadata.uid) return true;
  const isChanged = next.metadata.generation !== previous.metadata.generation;
  return isChanged && canonicalJson(next.spec) === canonicalJson(previous.spec);
}
