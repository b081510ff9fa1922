import type { KubeObject, Resource } from "../../api/meta.ts";

export {
  namespaces,
  packageContents,
  packageRevisions,
  packageVariantSets,
  packageVariants,
  repositories,
  type Secret,
  secrets,
  selfSubjectReviews,
} from "../../api/resources.ts";
export {
  mutatingPolicies,
  mutatingPolicyBindings,
  validatingPolicies,
  validatingPolicyBindings,
} from "../../core/admission/policy-resources.ts";

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
export const configMaps: Resource<ConfigMap> = {
  group: "",
  version: "v1",
  plural: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
};

export const customResourceDefinitions: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
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
      readonly subresource?: string;
      readonly verb: string;
      readonly namespace: string;
      readonly name?: string;
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
