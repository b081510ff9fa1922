import { cut, type SchemaProblem } from "./schema-problems.ts";
import { isBuiltInGroup, KUBERNETES_RELEASE } from "./schema-set.ts";

interface Removal {
  /** The first release without it. */
  readonly release: string;
  /** Undefined: nothing took its place. */
  readonly replacement?: string;
}

/** `apiVersion/kind`, or `apiVersion` for all of its kinds: as the deprecation guide of Kubernetes says. */
const REMOVED: Readonly<Record<string, Removal>> = {
  "extensions/v1beta1/DaemonSet": { release: "1.16", replacement: "apps/v1" },
  "extensions/v1beta1/Deployment": { release: "1.16", replacement: "apps/v1" },
  "extensions/v1beta1/ReplicaSet": { release: "1.16", replacement: "apps/v1" },
  "extensions/v1beta1/NetworkPolicy": { release: "1.16", replacement: "networking.k8s.io/v1" },
  "extensions/v1beta1/PodSecurityPolicy": { release: "1.16" },
  "extensions/v1beta1/Ingress": { release: "1.22", replacement: "networking.k8s.io/v1" },
  "apps/v1beta1": { release: "1.16", replacement: "apps/v1" },
  "apps/v1beta2": { release: "1.16", replacement: "apps/v1" },
  "admissionregistration.k8s.io/v1beta1/MutatingWebhookConfiguration": {
    release: "1.22",
    replacement: "admissionregistration.k8s.io/v1",
  },
  "admissionregistration.k8s.io/v1beta1/ValidatingWebhookConfiguration": {
    release: "1.22",
    replacement: "admissionregistration.k8s.io/v1",
  },
  "apiextensions.k8s.io/v1beta1": { release: "1.22", replacement: "apiextensions.k8s.io/v1" },
  "apiregistration.k8s.io/v1beta1": { release: "1.22", replacement: "apiregistration.k8s.io/v1" },
  "authentication.k8s.io/v1beta1/TokenReview": { release: "1.22", replacement: "authentication.k8s.io/v1" },
  "authorization.k8s.io/v1beta1": { release: "1.22", replacement: "authorization.k8s.io/v1" },
  "certificates.k8s.io/v1beta1/CertificateSigningRequest": { release: "1.22", replacement: "certificates.k8s.io/v1" },
  "coordination.k8s.io/v1beta1/Lease": { release: "1.22", replacement: "coordination.k8s.io/v1" },
  "networking.k8s.io/v1beta1/Ingress": { release: "1.22", replacement: "networking.k8s.io/v1" },
  "networking.k8s.io/v1beta1/IngressClass": { release: "1.22", replacement: "networking.k8s.io/v1" },
  "rbac.authorization.k8s.io/v1beta1": { release: "1.22", replacement: "rbac.authorization.k8s.io/v1" },
  "scheduling.k8s.io/v1beta1": { release: "1.22", replacement: "scheduling.k8s.io/v1" },
  "storage.k8s.io/v1beta1/CSIDriver": { release: "1.22", replacement: "storage.k8s.io/v1" },
  "storage.k8s.io/v1beta1/CSINode": { release: "1.22", replacement: "storage.k8s.io/v1" },
  "storage.k8s.io/v1beta1/StorageClass": { release: "1.22", replacement: "storage.k8s.io/v1" },
  "storage.k8s.io/v1beta1/VolumeAttachment": { release: "1.22", replacement: "storage.k8s.io/v1" },
  "storage.k8s.io/v1beta1/CSIStorageCapacity": { release: "1.27", replacement: "storage.k8s.io/v1" },
  "batch/v1beta1/CronJob": { release: "1.25", replacement: "batch/v1" },
  "discovery.k8s.io/v1beta1": { release: "1.25", replacement: "discovery.k8s.io/v1" },
  "events.k8s.io/v1beta1": { release: "1.25", replacement: "events.k8s.io/v1" },
  "autoscaling/v2beta1": { release: "1.25", replacement: "autoscaling/v2" },
  "autoscaling/v2beta2": { release: "1.26", replacement: "autoscaling/v2" },
  "policy/v1beta1/PodDisruptionBudget": { release: "1.25", replacement: "policy/v1" },
  "policy/v1beta1/PodSecurityPolicy": { release: "1.25" },
  "node.k8s.io/v1beta1": { release: "1.25", replacement: "node.k8s.io/v1" },
  "flowcontrol.apiserver.k8s.io/v1beta1": { release: "1.26", replacement: "flowcontrol.apiserver.k8s.io/v1" },
  "flowcontrol.apiserver.k8s.io/v1beta2": { release: "1.29", replacement: "flowcontrol.apiserver.k8s.io/v1" },
  "flowcontrol.apiserver.k8s.io/v1beta3": { release: "1.32", replacement: "flowcontrol.apiserver.k8s.io/v1" },
};

/**
 * Why the API server does not know a kind that has no schema here, and what to use instead; undefined for kinds of
 * other groups, which a CustomResourceDefinition may define. A warning: a cluster may serve it if it is configured so.
 */
export function describeUnknownKind(
  apiVersion: string,
  kind: string,
): Pick<SchemaProblem, "severity" | "message"> | undefined {
  const removal = REMOVED[`${apiVersion}/${kind}`] ?? REMOVED[apiVersion];
  if (removal !== undefined) {
    const { release, replacement } = removal;
    const instead = replacement === undefined ? "there is no replacement" : `use ${replacement}`;
    const message = `Kubernetes ${release} has removed ${cut(kind)} from ${apiVersion}: ${instead}`;
    return { severity: "error", message };
  }
  if (!isBuiltInGroup(apiVersion)) return undefined;
  const named = `${cut(kind)} in ${cut(apiVersion)}`;
  return /(alpha|beta)[0-9]+$/.test(apiVersion)
    ? { severity: "warning", message: `Kubernetes ${KUBERNETES_RELEASE} does not serve ${named} by default` }
    : { severity: "error", message: `Kubernetes ${KUBERNETES_RELEASE} has no ${named}` };
}
