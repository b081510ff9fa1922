import { join } from "node:path";

export type ToolName = "kube-apiserver" | "etcd" | "kubectl" | "helm";

/** A program pinned by the go.mod beside it, and how it is built. */
export interface Tool {
  readonly name: ToolName;
  readonly version: string;
  /** The folder of the Go module that pins it. */
  readonly moduleDir: string;
  readonly goPackage: string;
  /** Values stamped into the program, as the linker's -X takes them. */
  readonly stamps: readonly string[];
}

const moduleDir = join(import.meta.dirname, "..", "control-plane");

export const kubernetesVersion = "v1.36.3";
const etcdVersion = "v3.6.8";
const helmVersion = "v4.3.1";

const [, kubernetesMajor, kubernetesMinor] = /^v(\d+)\.(\d+)\./.exec(kubernetesVersion) ?? [];
const kubernetesStamps = [
  `k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
  `k8s.io/component-base/version.gitMajor=${kubernetesMajor}`,
  `k8s.io/component-base/version.gitMinor=${kubernetesMinor}`,
];

export const tools: Readonly<Record<ToolName, Tool>> = {
  "kube-apiserver": {
    name: "kube-apiserver",
    version: kubernetesVersion,
    moduleDir,
    goPackage: "k8s.io/kubernetes/cmd/kube-apiserver",
    stamps: kubernetesStamps,
  },
  etcd: { name: "etcd", version: etcdVersion, moduleDir, goPackage: "go.etcd.io/etcd/server/v3", stamps: [] },
  kubectl: {
    name: "kubectl",
    version: kubernetesVersion,
    moduleDir,
    goPackage: "k8s.io/kubernetes/cmd/kubectl",
    stamps: kubernetesStamps,
  },
  helm: {
    name: "helm",
    version: helmVersion,
    moduleDir: join(moduleDir, "helm"),
    goPackage: "helm.sh/helm/v4/cmd/helm",
    stamps: [`helm.sh/helm/v4/internal/version.version=${helmVersion}`],
  },
};
