import type { Resource } from "../../api/meta.ts";
import type { AdmissionObject } from "./policy-manifests.ts";

export const validatingPolicies = admission("validatingadmissionpolicies", "ValidatingAdmissionPolicy");
export const validatingPolicyBindings = admission(
  "validatingadmissionpolicybindings",
  "ValidatingAdmissionPolicyBinding",
);
/** Since Kubernetes 1.36. */
export const mutatingPolicies = admission("mutatingadmissionpolicies", "MutatingAdmissionPolicy");
export const mutatingPolicyBindings = admission("mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding");

function admission(plural: string, kind: string): Resource<AdmissionObject> {
  return { group: "admissionregistration.k8s.io", version: "v1", plural, kind, namespaced: false };
}
