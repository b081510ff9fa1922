import type { AdmissionObject } from "../../core/admission/policy-manifests.ts";

/** As the chart installs it in its usual namespace. */
export const USUAL_OPERATOR = "system:serviceaccount:pkgserver-system:pkgserver";

/** The operator's user, whom the installed policies except; undefined if none is installed. */
export function operatorUser(policies: readonly AdmissionObject[]): string | undefined {
  const own = policies.filter(({ metadata }) => metadata.name?.startsWith("pkgserver-"));
  return /request\.userInfo\.username != '(system:serviceaccount:[^']+)'/.exec(JSON.stringify(own))?.[1];
}
