import type { KubeObject, Resource } from "../../api/meta.ts";
import type { KindDefinition } from "../../api/schema/kind.ts";
import { type PackageRevision, packageRevisionKind } from "../../api/v1alpha1/package-revision.ts";
import {
  type PackageRevisionResources,
  packageRevisionResourcesKind,
} from "../../api/v1alpha1/package-revision-resources.ts";
import { type Repository, repositoryKind } from "../../api/v1alpha1/repository.ts";
import type { AdmissionObject } from "../../core/admission/policy-manifests.ts";

export const repositories = resourceOf<Repository>(repositoryKind);
export const packageRevisions = resourceOf<PackageRevision>(packageRevisionKind);
export const packageContents = resourceOf<PackageRevisionResources>(packageRevisionResourcesKind);

export interface Secret extends KubeObject {
  readonly type?: string;
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
}
export const secrets: Resource<Secret> = core("secrets", "Secret", true);

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
export const configMaps: Resource<ConfigMap> = core("configmaps", "ConfigMap", true);

export const namespaces: Resource = core("namespaces", "Namespace", false);
export const customResourceDefinitions: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};

export const validatingPolicies = admission("validatingadmissionpolicies", "ValidatingAdmissionPolicy");
export const validatingPolicyBindings = admission(
  "validatingadmissionpolicybindings",
  "ValidatingAdmissionPolicyBinding",
);
/** Since Kubernetes 1.36. */
export const mutatingPolicies = admission("mutatingadmissionpolicies", "MutatingAdmissionPolicy");
export const mutatingPolicyBindings = admission("mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding");

/** Created, and never stored: the answer of the API server is in its status. */
export interface SelfSubjectReview extends KubeObject {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
}
export const selfSubjectReviews: Resource<SelfSubjectReview> = {
  group: "authentication.k8s.io",
  version: "v1",
  plural: "selfsubjectreviews",
  kind: "SelfSubjectReview",
  namespaced: false,
};

/** Created, and never stored: whether a user has a permission. */
export interface SubjectAccessReview extends KubeObject {
  readonly spec: {
    readonly user: string;
    readonly groups: readonly string[];
    readonly resourceAttributes: {
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly verb: string;
      readonly namespace: string;
      readonly name: string;
    };
  };
  readonly status?: { readonly allowed?: boolean };
}
export const subjectAccessReviews: Resource<SubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  plural: "subjectaccessreviews",
  kind: "SubjectAccessReview",
  namespaced: false,
};

function admission(plural: string, kind: string): Resource<AdmissionObject> {
  return { group: "admissionregistration.k8s.io", version: "v1", plural, kind, namespaced: false };
}

function resourceOf<T extends KubeObject>(kind: KindDefinition): Resource<T> {
  const { group, version, plural } = kind;
  return { group, version, plural, kind: kind.kind, namespaced: true };
}

function core(plural: string, kind: string, namespaced: boolean): Resource<never> {
  return { group: "", version: "v1", plural, kind, namespaced };
}
