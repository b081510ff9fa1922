import { join } from "node:path";
import type { ControlPlaneBinaries } from "./binaries.ts";
import type { LaunchSpec } from "./processes.ts";

export interface ControlPlanePorts {
  readonly etcd: number;
  readonly apiServer: number;
}

/** Files and folders of a control plane, inside its folder. */
export function layoutOf(dir: string) {
  return {
    etcdData: join(dir, "etcd"),
    certDir: join(dir, "certs"),
    /**
     * The API server creates it at its first start: its own certificate, followed by that of the authority that signed
     * it.
     */
    caFile: join(dir, "certs", "apiserver.crt"),
    tokenFile: join(dir, "tokens.csv"),
    serviceAccountKey: join(dir, "service-account.key"),
    kubeconfigDir: join(dir, "kubeconfigs"),
    logDir: join(dir, "logs"),
  } as const;
}

export function describeEtcd(binaries: ControlPlaneBinaries, dir: string, ports: ControlPlanePorts): LaunchSpec {
  const client = `http://127.0.0.1:${ports.etcd}`;
  return {
    command: binaries.etcd,
    args: [
      `--data-dir=${layoutOf(dir).etcdData}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      "--listen-peer-urls=http://127.0.0.1:0",
      "--unsafe-no-fsync",
      // Its database is written once a second instead of ten times; its log has every write at once.
      "--backend-batch-interval=1s",
      "--log-level=warn",
    ],
    env: { GOGC: SELDOM },
    logFile: join(layoutOf(dir).logDir, "etcd.log"),
  };
}

/** GOGC: garbage collection took a third of their CPU time; a few hundred MiB more are affordable. */
const SELDOM = "400";

/** The kinds that Kubernetes serves as v1 since 1.36. */
const MUTATING_KINDS = ["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"];

/** `servesMutatingPolicies` false: as Kubernetes before 1.36. */
export function describeApiServer(
  binaries: ControlPlaneBinaries,
  dir: string,
  ports: ControlPlanePorts,
  servesMutatingPolicies = true,
): LaunchSpec {
  const { certDir, tokenFile, serviceAccountKey, logDir } = layoutOf(dir);
  return {
    command: binaries.kubeApiServer,
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${ports.apiServer}`,
      `--cert-dir=${certDir}`,
      `--token-auth-file=${tokenFile}`,
      "--authorization-mode=RBAC",
      `--service-account-key-file=${serviceAccountKey}`,
      `--service-account-signing-key-file=${serviceAccountKey}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      "--service-cluster-ip-range=10.0.0.0/24",
      // Without a controller manager, no namespace gets the ServiceAccount that this plugin waits for.
      `--disable-admission-plugins=ServiceAccount${servesMutatingPolicies ? "" : ",MutatingAdmissionPolicy"}`,
      ...(servesMutatingPolicies ? [] : [`--runtime-config=${MUTATING_KINDS.map(notServed).join(",")}`]),
      // Endpoints may not be loopback addresses, and no client here uses the `kubernetes` Service.
      "--endpoint-reconciler-type=none",
    ],
    env: { GOGC: SELDOM },
    logFile: join(logDir, "kube-apiserver.log"),
  };
}

function notServed(plural: string): string {
  return `admissionregistration.k8s.io/v1/${plural}=false`;
}
