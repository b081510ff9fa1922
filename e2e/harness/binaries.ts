import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot, crdsBeside, findCached } from "./cache.ts";
import { provide, type ResolveOptions, withDefaults } from "./provide.ts";
import { chooseRelease, TOOLS, type Tool } from "./tools.ts";

/** Absolute paths of the programs of a control plane. */
export interface ControlPlaneBinaries {
  readonly kubeApiServer: string;
  readonly etcd: string;
  readonly kubectl: string;
}

/**
 * Finds kube-apiserver of the release KUBERNETES, etcd and kubectl: in the folder KUBEBUILDER_ASSETS, in the cache, in
 * the archives that setup-envtest uses, else builds them from the pinned Go modules. Downloads and builds are cached.
 */
export async function resolveBinaries(options: ResolveOptions = {}): Promise<ControlPlaneBinaries> {
  const settings = withDefaults(options);
  const assets = settings.env.KUBEBUILDER_ASSETS;
  const wanted = [chooseRelease(settings.env.KUBERNETES).apiServer, TOOLS.etcd, TOOLS.kubectl];
  const files = assets ? wanted.map((tool) => requireAsset(assets, tool)) : await provide(wanted, settings);
  const [kubeApiServer, etcd, kubectl] = files as [string, string, string];
  return { kubeApiServer, etcd, kubectl };
}

/** The program's file, or why there is none. */
export type Found = { readonly file: string } | { readonly missing: string };

/**
 * Finds kube-controller-manager of the release KUBERNETES: in the folder KUBEBUILDER_ASSETS, in the cache, or builds it
 * from its pinned Go module.
 */
export async function resolveControllerManager(options: ResolveOptions = {}): Promise<Found> {
  const found = findControllerManager(options);
  if (!("tool" in found)) return found;
  try {
    const [file] = await provide([found.tool], withDefaults(options));
    return { file: file as string };
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error).split("\n");
    return { missing: `it cannot be built: ${line}` };
  }
}

/** Finds it as `resolveControllerManager`, without a build. */
export function findControllerManager(options: ResolveOptions = {}): Found & { readonly tool?: Tool } {
  const { env } = withDefaults(options);
  const name = TOOLS["kube-controller-manager"].name;
  const assets = env.KUBEBUILDER_ASSETS;
  if (assets) {
    const file = join(assets, name);
    return existsSync(file) ? { file } : { missing: `KUBEBUILDER_ASSETS has no ${name}` };
  }
  const { minor, controllerManager: tool } = chooseRelease(env.KUBERNETES);
  if (tool === undefined) return { missing: `no ${name} of Kubernetes ${minor} is pinned` };
  const file = findCached(cacheRoot(env), tool);
  return file === undefined ? { missing: `${name} is not built`, tool } : { file };
}

/** Finds helm: the program PKGSERVER_HELM, the cache, or a build from its pinned Go module. */
export async function resolveHelm(options: ResolveOptions = {}): Promise<string> {
  const settings = withDefaults(options);
  const given = settings.env.PKGSERVER_HELM;
  if (given) return given;
  const [helm] = await provide([TOOLS.helm], settings);
  return helm as string;
}

/** Paths of krew, the manager of kubectl's plugins, and of the program that checks manifests for its index. */
export interface KrewBinaries {
  readonly krew: string;
  readonly validateManifest: string;
}

/** Finds krew: in the cache, else builds it from its pinned Go module. */
export async function resolveKrew(options: ResolveOptions = {}): Promise<KrewBinaries> {
  const wanted = [TOOLS.krew, TOOLS["validate-krew-manifest"]];
  const [krew, validateManifest] = (await provide(wanted, withDefaults(options))) as [string, string];
  return { krew, validateManifest };
}

/** Absolute paths of Flux's programs, and of the folders with the CRDs of each. */
export interface FluxBinaries {
  readonly sourceController: string;
  readonly kustomizeController: string;
  readonly crds: readonly string[];
}

/** Finds Flux's controllers: in the cache, else builds them from their pinned Go modules. */
export async function resolveFlux(options: ResolveOptions = {}): Promise<FluxBinaries> {
  const wanted = [TOOLS["source-controller"], TOOLS["kustomize-controller"]];
  const files = await provide(wanted, withDefaults(options));
  const [sourceController, kustomizeController] = files as [string, string];
  return { sourceController, kustomizeController, crds: files.map(crdsBeside) };
}

function requireAsset(assets: string, tool: Tool): string {
  const file = join(assets, tool.name);
  if (!existsSync(file)) throw new Error(`KUBEBUILDER_ASSETS is ${assets}, which has no ${tool.name}`);
  return file;
}
