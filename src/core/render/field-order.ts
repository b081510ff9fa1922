/** The fields that kpt's formatting puts first, in this order; others follow by their names. */
const GROUPS: readonly string[] = [
  // Objects.
  "name generateName namespace clusterName apiVersion kind metadata type labels annotations spec status",
  "stringData data binaryData",
  // Workloads.
  "parallelism completions activeDeadlineSeconds backoffLimit replicas selector manualSelector template",
  "ttlSecondsAfterFinished volumeClaimTemplates service serviceName podManagementPolicy updateStrategy strategy",
  "minReadySeconds revision revisionHistoryLimit paused progressDeadlineSeconds",
  // Pods.
  "restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy serviceAccountName serviceAccount",
  "automountServiceAccountToken nodeName hostNetwork hostPID hostIPC shareProcessNamespace hostname subdomain",
  "schedulerName priorityClassName priority runtimeClassName enableServiceLinks nodeSelector hostAliases",
  "initContainers containers volumes securityContext imagePullSecrets affinity tolerations dnsConfig readinessGates",
  // Containers.
  "image command args workingDir ports envFrom env resources volumeMounts volumeDevices livenessProbe readinessProbe",
  "lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty",
  // Services, ports, mounts, variables.
  "clusterIP externalIPs loadBalancerIP loadBalancerSourceRanges externalName externalTrafficPolicy sessionAffinity",
  "protocol port targetPort hostPort containerPort hostIP readOnly mountPath subPath subPathExpr mountPropagation",
  "value valueFrom fieldRef resourceFieldRef configMapKeyRef secretKeyRef prefix configMapRef secretRef",
];

/** Of a field that is listed twice, the last place counts. */
const ORDER: ReadonlyMap<string, number> = new Map(
  GROUPS.flatMap((group) => group.split(" ")).map((field, at) => [field, at] as const),
);

export function compareFields(a: string, b: string): number {
  const [one, other] = [ORDER.get(a) ?? Number.MAX_SAFE_INTEGER, ORDER.get(b) ?? Number.MAX_SAFE_INTEGER];
  return one === other ? (a < b ? -1 : a > b ? 1 : 0) : one - other;
}
