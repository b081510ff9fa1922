import type { FieldSpec } from "./field-spec.ts";

/** Where objects name an object of a kind; each node there is a name, a list of names, or a mapping with a name. */
export interface NameReference {
  /** Of the object that is named. */
  readonly group: string;
  readonly kind: string;
  readonly fields: readonly FieldSpec[];
}

/** Kinds that make pods, with the path of the pod's spec. */
const POD_SPECS: Readonly<Record<string, string>> = {
  Pod: "spec",
  PodTemplate: "template/spec",
  CronJob: "spec/jobTemplate/spec/template/spec",
  ...Object.fromEntries(
    ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "ReplicationController", "Job"].map((kind) => [
      kind,
      "spec/template/spec",
    ]),
  ),
};
const RBAC = "rbac.authorization.k8s.io";

function inPods(...paths: readonly string[]): readonly FieldSpec[] {
  return Object.entries(POD_SPECS).flatMap(([kind, spec]) => paths.map((path) => ({ kind, path: `${spec}/${path}` })));
}

function inKind(kind: string, ...paths: readonly string[]): readonly FieldSpec[] {
  return paths.map((path) => ({ kind, path }));
}

/** In containers of both kinds: of `env` and of `envFrom`. */
function inContainers(keyRef: string, ref: string): readonly string[] {
  return ["containers", "initContainers"].flatMap((one) => [
    `${one}/env/valueFrom/${keyRef}/name`,
    `${one}/envFrom/${ref}/name`,
  ]);
}

const ROLE_NAMES = [...inKind("Role", "rules/resourceNames"), ...inKind("ClusterRole", "rules/resourceNames")];
const SCALED = inKind("HorizontalPodAutoscaler", "spec/scaleTargetRef/name");

/** What kustomize and Kubernetes know; references of other kinds are not changed. */
export const NAME_REFERENCES: readonly NameReference[] = [
  ...["Deployment", "ReplicaSet", "StatefulSet"].map((kind) => ({ group: "apps", kind, fields: SCALED })),
  { group: "", kind: "ReplicationController", fields: SCALED },
  {
    group: "",
    kind: "ConfigMap",
    fields: [
      ...inPods(
        "volumes/configMap/name",
        "volumes/projected/sources/configMap/name",
        ...inContainers("configMapKeyRef", "configMapRef"),
      ),
      ...ROLE_NAMES,
    ],
  },
  {
    group: "",
    kind: "Secret",
    fields: [
      ...inPods(
        "volumes/secret/secretName",
        "volumes/projected/sources/secret/name",
        "imagePullSecrets/name",
        ...inContainers("secretKeyRef", "secretRef"),
      ),
      ...inKind("Ingress", "spec/tls/secretName"),
      ...inKind("ServiceAccount", "imagePullSecrets/name"),
      ...inKind("PersistentVolume", "spec/azureFile/secretName"),
      ...ROLE_NAMES,
    ],
  },
  {
    group: "",
    kind: "Service",
    fields: [
      ...inKind("StatefulSet", "spec/serviceName"),
      ...inKind(
        "Ingress",
        "spec/rules/http/paths/backend/serviceName",
        "spec/rules/http/paths/backend/service/name",
        "spec/backend/serviceName",
        "spec/defaultBackend/service/name",
      ),
      ...inKind("APIService", "spec/service"),
      ...inKind("ValidatingWebhookConfiguration", "webhooks/clientConfig/service"),
      ...inKind("MutatingWebhookConfiguration", "webhooks/clientConfig/service"),
      ...inKind("CustomResourceDefinition", "spec/conversion/webhook/clientConfig/service"),
    ],
  },
  { group: RBAC, kind: "Role", fields: inKind("RoleBinding", "roleRef") },
  {
    group: RBAC,
    kind: "ClusterRole",
    fields: [...inKind("RoleBinding", "roleRef"), ...inKind("ClusterRoleBinding", "roleRef")],
  },
  {
    group: "",
    kind: "ServiceAccount",
    fields: [
      ...inPods("serviceAccountName"),
      ...inKind("RoleBinding", "subjects"),
      ...inKind("ClusterRoleBinding", "subjects"),
    ],
  },
  { group: "", kind: "PersistentVolumeClaim", fields: inPods("volumes/persistentVolumeClaim/claimName") },
  { group: "", kind: "PersistentVolume", fields: inKind("PersistentVolumeClaim", "spec/volumeName") },
  {
    group: "storage.k8s.io",
    kind: "StorageClass",
    fields: [
      ...inKind("PersistentVolume", "spec/storageClassName"),
      ...inKind("PersistentVolumeClaim", "spec/storageClassName"),
      ...inKind("StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
    ],
  },
  { group: "scheduling.k8s.io", kind: "PriorityClass", fields: inPods("priorityClassName") },
  { group: "networking.k8s.io", kind: "IngressClass", fields: inKind("Ingress", "spec/ingressClassName") },
  {
    group: "admissionregistration.k8s.io",
    kind: "ValidatingAdmissionPolicy",
    fields: inKind("ValidatingAdmissionPolicyBinding", "spec/policyName"),
  },
];
