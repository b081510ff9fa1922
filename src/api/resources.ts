import type { KubeObject, Resource } from "./meta.ts";
import type { KindDefinition } from "./schema/kind.ts";
import { type PackageRevision, packageRevisionKind } from "./v1alpha1/package-revision.ts";
import { type PackageRevisionResources, packageRevisionResourcesKind } from "./v1alpha1/package-revision-resources.ts";
import { type PackageVariant, packageVariantKind } from "./v1alpha1/package-variant.ts";
import { type PackageVariantSet, packageVariantSetKind } from "./v1alpha1/package-variant-set.ts";
import { type Repository, repositoryKind } from "./v1alpha1/repository.ts";

export const repositories = resourceOf<Repository>(repositoryKind);
export const packageRevisions = resourceOf<PackageRevision>(packageRevisionKind);
export const packageVariants = resourceOf<PackageVariant>(packageVariantKind);
export const packageVariantSets = resourceOf<PackageVariantSet>(packageVariantSetKind);
export const packageContents = resourceOf<PackageRevisionResources>(packageRevisionResourcesKind);

export const namespaces: Resource = {
  group: "",
  version: "v1",
  plural: "namespaces",
  kind: "Namespace",
  namespaced: false,
};

export interface Secret extends KubeObject {
  readonly type?: string;
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
}
export const secrets: Resource<Secret> = {
  group: "",
  version: "v1",
  plural: "secrets",
  kind: "Secret",
  namespaced: true,
};

export interface KubeEvent extends KubeObject {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly eventTime: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly regarding: object;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}
export const events: Resource<KubeEvent> = {
  group: "events.k8s.io",
  version: "v1",
  plural: "events",
  kind: "Event",
  namespaced: true,
};

/** Created, and never stored: the answer of the API server is in its status. */
export interface SelfSubjectReview extends KubeObject {
  readonly status?: {
    readonly userInfo?: { readonly username?: string; readonly groups?: readonly string[] };
  };
}
export const selfSubjectReviews: Resource<SelfSubjectReview> = {
  group: "authentication.k8s.io",
  version: "v1",
  plural: "selfsubjectreviews",
  kind: "SelfSubjectReview",
  namespaced: false,
};

/** Created, and never stored: whether the requester has a permission. */
export interface SelfSubjectAccessReview extends KubeObject {
  readonly spec: {
    readonly resourceAttributes: {
      readonly namespace: string;
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource?: string;
      readonly name?: string;
    };
  };
  readonly status?: { readonly allowed?: boolean };
}
export const selfSubjectAccessReviews: Resource<SelfSubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  plural: "selfsubjectaccessreviews",
  kind: "SelfSubjectAccessReview",
  namespaced: false,
};

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}
export const leases: Resource<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};

/** What is looked at of the operator's. */
export interface Deployment extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } };
  };
  readonly status?: { readonly availableReplicas?: number };
}
export const deployments: Resource<Deployment> = {
  group: "apps",
  version: "v1",
  plural: "deployments",
  kind: "Deployment",
  namespaced: true,
};

function resourceOf<T extends KubeObject>(kind: KindDefinition): Resource<T> {
  const { group, version, plural } = kind;
  return { group, version, plural, kind: kind.kind, namespaced: true };
}
