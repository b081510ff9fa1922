import { join } from "node:path";

export type ToolName =
  | "kube-apiserver"
  | "kube-controller-manager"
  | "etcd"
  | "kubectl"
  | "helm"
  | "krew"
  | "validate-krew-manifest"
  | "source-controller"
  | "kustomize-controller";

/** Programs whose sources are in this repository. */
type OwnProgram = "starlark.wasm" | "test-function" | "test-function.wasm";

/** A program that a go.mod pins, and how it is built. */
export interface Tool {
  readonly name: ToolName | OwnProgram;
  readonly version: string;
  /** The folder of the Go module that pins it. */
  readonly moduleDir: string;
  readonly goPackage: string;
  /** Values for the linker's -X. */
  readonly linkerValues: readonly string[];
  /** A folder of its Go module with the CRDs that it needs, for the folder `crds` beside the program. */
  readonly crdFolder?: string;
  /** What it is built for, if that is not this machine. */
  readonly platform?: { readonly GOOS: string; readonly GOARCH: string };
  /** The release of Kubernetes whose archive of envtest has it. */
  readonly archive?: string;
}

const moduleDir = join(import.meta.dirname, "..", "control-plane");

const NEWEST = "v1.36.3";
const OLDEST = "v1.32.13";
const ETCD_VERSION = "v3.6.8";
const HELM_VERSION = "v4.3.1";
const KREW_VERSION = "v0.4.3";
const FLUX_VERSION = "v1.9.4";

export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  "kube-apiserver": { ...describeKubernetes("kube-apiserver", NEWEST, moduleDir), archive: NEWEST },
  "kube-controller-manager": describeKubernetes("kube-controller-manager", NEWEST, moduleDir),
  etcd: {
    name: "etcd",
    version: ETCD_VERSION,
    moduleDir,
    goPackage: "go.etcd.io/etcd/server/v3",
    linkerValues: [],
    archive: NEWEST,
  },
  kubectl: { ...describeKubernetes("kubectl", NEWEST, moduleDir), archive: NEWEST },
  helm: {
    name: "helm",
    version: HELM_VERSION,
    moduleDir: join(moduleDir, "helm"),
    goPackage: "helm.sh/helm/v4/cmd/helm",
    linkerValues: [`helm.sh/helm/v4/internal/version.version=${HELM_VERSION}`],
  },
  krew: describeKrew("krew"),
  "validate-krew-manifest": describeKrew("validate-krew-manifest"),
  "source-controller": describeFlux("source-controller", "flux-source"),
  "kustomize-controller": describeFlux("kustomize-controller", "flux-kustomize"),
};

/** A release of Kubernetes that the tests run on, with the etcd and kubectl of the newest one. */
export interface KubernetesRelease {
  /** As `1.36`. */
  readonly minor: string;
  readonly apiServer: Tool;
  readonly controllerManager?: Tool;
}

/** Newest first. */
export const RELEASES: readonly KubernetesRelease[] = [
  {
    minor: minorOf(NEWEST),
    apiServer: TOOLS["kube-apiserver"],
    controllerManager: TOOLS["kube-controller-manager"],
  },
  {
    minor: minorOf(OLDEST),
    apiServer: {
      ...describeKubernetes("kube-apiserver", OLDEST, join(moduleDir, `kubernetes-${minorOf(OLDEST)}`)),
      archive: OLDEST,
    },
  },
];

/** The release that is named by its minor or full version; the newest without a name. */
export function chooseRelease(named = ""): KubernetesRelease {
  const release = RELEASES.find(({ minor, apiServer }) => ["", minor, apiServer.version].includes(named));
  if (release !== undefined) return release;
  const known = RELEASES.map(({ minor }) => minor).join(" and ");
  throw new Error(`KUBERNETES=${named}: Kubernetes ${known} are known here`);
}

function describeKubernetes(name: ToolName, version: string, folder: string): Tool {
  const [major, minor] = minorOf(version).split(".");
  return {
    name,
    version,
    moduleDir: folder,
    goPackage: `k8s.io/kubernetes/cmd/${name}`,
    linkerValues: [
      `k8s.io/component-base/version.gitVersion=${version}`,
      `k8s.io/component-base/version.gitMajor=${major}`,
      `k8s.io/component-base/version.gitMinor=${minor}`,
    ],
  };
}

function minorOf(version: string): string {
  return version.slice(1, version.lastIndexOf("."));
}

function describeKrew(name: ToolName): Tool {
  return {
    name,
    version: KREW_VERSION,
    moduleDir: join(moduleDir, "krew"),
    goPackage: `sigs.k8s.io/krew/cmd/${name}`,
    linkerValues: [],
  };
}

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
