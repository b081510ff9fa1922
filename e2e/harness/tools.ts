import { join } from "node:path";

export type ToolName = "kube-apiserver" | "etcd" | "kubectl" | "helm" | "source-controller" | "kustomize-controller";

/** A program that a go.mod pins, and how it is built. */
export interface Tool {
  readonly name: ToolName;
  readonly version: string;
  /** The folder of the Go module that pins it. */
  readonly moduleDir: string;
  readonly goPackage: string;
  /** Values for the linker's -X. */
  readonly linkerValues: readonly string[];
  /** A folder of its Go module with the CRDs that it needs, for the folder `crds` beside the program. */
  readonly crdFolder?: string;
}

const moduleDir = join(import.meta.dirname, "..", "control-plane");

export const KUBERNETES_VERSION = "v1.36.3";
const ETCD_VERSION = "v3.6.8";
const HELM_VERSION = "v4.3.1";
const FLUX_VERSION = "v1.9.4";

const [, kubernetesMajor, kubernetesMinor] = /^v(\d+)\.(\d+)\./.exec(KUBERNETES_VERSION) ?? [];
const KUBERNETES_LINKER_VALUES = [
  `k8s.io/component-base/version.gitVersion=${KUBERNETES_VERSION}`,
  `k8s.io/component-base/version.gitMajor=${kubernetesMajor}`,
  `k8s.io/component-base/version.gitMinor=${kubernetesMinor}`,
];

export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  "kube-apiserver": {
    name: "kube-apiserver",
    version: KUBERNETES_VERSION,
    moduleDir,
    goPackage: "k8s.io/kubernetes/cmd/kube-apiserver",
    linkerValues: KUBERNETES_LINKER_VALUES,
  },
  etcd: { name: "etcd", version: ETCD_VERSION, moduleDir, goPackage: "go.etcd.io/etcd/server/v3", linkerValues: [] },
  kubectl: {
    name: "kubectl",
    version: KUBERNETES_VERSION,
    moduleDir,
    goPackage: "k8s.io/kubernetes/cmd/kubectl",
    linkerValues: KUBERNETES_LINKER_VALUES,
  },
  helm: {
    name: "helm",
    version: HELM_VERSION,
    moduleDir: join(moduleDir, "helm"),
    goPackage: "helm.sh/helm/v4/cmd/helm",
    linkerValues: [`helm.sh/helm/v4/internal/version.version=${HELM_VERSION}`],
  },
  "source-controller": describeFlux("source-controller", "flux-source"),
  "kustomize-controller": describeFlux("kustomize-controller", "flux-kustomize"),
};

function describeFlux(name: ToolName, folder: string): Tool {
  return {
    name,
    version: FLUX_VERSION,
    moduleDir: join(moduleDir, folder),
    goPackage: `github.com/fluxcd/${name}`,
    linkerValues: [],
    crdFolder: "config/crd/bases",
  };
}
