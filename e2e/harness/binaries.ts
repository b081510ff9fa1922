import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildTool } from "./build.ts";
import {
  cacheRoot,
  crdsBeside,
  type Environment,
  findCached,
  keepInCache,
  type Log,
  withLock,
  withScratch,
} from "./cache.ts";
import { downloadEnvtest, PUBLIC_ENVTEST_INDEX } from "./envtest.ts";
import { KUBERNETES_VERSION, TOOLS, type Tool } from "./tools.ts";

/** Absolute paths of the programs of a control plane. */
export interface ControlPlaneBinaries {
  readonly kubeApiServer: string;
  readonly etcd: string;
  readonly kubectl: string;
}

export interface ResolveOptions {
  /**
   * KUBEBUILDER_ASSETS, PKGSERVER_ENVTEST_INDEX (empty: no download), PKGSERVER_HELM, XDG_CACHE_HOME; process.env by
   * default.
   */
  readonly env?: Environment;
  /** Receives lines of progress; writes them to stderr by default. */
  readonly log?: Log;
  /** Builds a program; runs `go build` by default. */
  readonly build?: typeof buildTool;
}

type Settings = Required<ResolveOptions>;

function withDefaults(options: ResolveOptions): Settings {
  return { env: process.env, log: (line) => process.stderr.write(`${line}\n`), build: buildTool, ...options };
}

/**
 * Finds kube-apiserver, etcd and kubectl: in the folder KUBEBUILDER_ASSETS, in the cache, in the archive that
 * setup-envtest uses, else builds them from the pinned Go modules. Downloads and builds are cached.
 */
export async function resolveBinaries(options: ResolveOptions = {}): Promise<ControlPlaneBinaries> {
  const settings = withDefaults(options);
  const assets = settings.env.KUBEBUILDER_ASSETS;
  const wanted = [TOOLS["kube-apiserver"], TOOLS.etcd, TOOLS.kubectl];
  const files = assets
    ? wanted.map((tool) => requireAsset(assets, tool))
    : await provide(wanted, settings, downloadArchive);
  const [kubeApiServer, etcd, kubectl] = files as [string, string, string];
  return { kubeApiServer, etcd, kubectl };
}

/** Finds helm: the program PKGSERVER_HELM, the cache, or a build from its pinned Go module. */
export async function resolveHelm(options: ResolveOptions = {}): Promise<string> {
  const settings = withDefaults(options);
  const given = settings.env.PKGSERVER_HELM;
  if (given) return given;
  const [helm] = await provide([TOOLS.helm], settings, undefined);
  return helm as string;
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
  const files = await provide(wanted, withDefaults(options), undefined);
  const [sourceController, kustomizeController] = files as [string, string];
  return { sourceController, kustomizeController, crds: files.map(crdsBeside) };
}

function requireAsset(assets: string, tool: Tool): string {
  const file = join(assets, tool.name);
  if (!existsSync(file)) throw new Error(`KUBEBUILDER_ASSETS is ${assets}, which has no ${tool.name}`);
  return file;
}

/**
 * Files of these programs, in their order, from the cache. Missing ones are downloaded or built, by one process at a
 * time.
 */
async function provide(
  wanted: readonly Tool[],
  settings: Settings,
  download: typeof downloadArchive | undefined,
): Promise<readonly string[]> {
  const root = cacheRoot(settings.env);
  const missing = (): readonly Tool[] => wanted.filter((tool) => findCached(root, tool) === undefined);
  if (missing().length > 0) {
    await withLock(join(root, "lock"), settings.log, async () => {
      if (missing().length > 0) await download?.(root, missing(), settings);
      for (const tool of missing()) await buildIntoCache(root, tool, settings);
    });
  }
  return wanted.map((tool) => findCached(root, tool) as string);
}

async function buildIntoCache(root: string, tool: Tool, { env, log, build }: Settings): Promise<void> {
  await withScratch(root, async (dir) => {
    const file = join(dir, tool.name);
    await build(tool, file, { env, log });
    await keepInCache(root, tool, file, `${tool.goPackage} ${tool.version}`);
  });
}

/** Caches the programs that the archive has. A failure is only logged: the programs are then built. */
async function downloadArchive(root: string, missing: readonly Tool[], { env, log }: Settings): Promise<void> {
  const index = env.PKGSERVER_ENVTEST_INDEX ?? PUBLIC_ENVTEST_INDEX;
  if (index === "") return;
  try {
    await withScratch(root, async (dir) => {
      log(`looking for kube-apiserver, etcd and kubectl in ${index}`);
      const { files, origin } = await downloadEnvtest(index, KUBERNETES_VERSION, dir);
      for (const tool of missing) {
        const file = files.get(tool.name);
        if (file !== undefined) await keepInCache(root, tool, file, origin);
      }
      log(`downloaded ${origin.slice(0, origin.indexOf(" "))}`);
    });
  } catch (error) {
    log(`no download of kube-apiserver, etcd and kubectl: ${explain(error)}`);
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
