import { join } from "node:path";
import { buildTool } from "./build.ts";
import { cacheRoot, type Environment, findCached, keepInCache, type Log, withLock, withScratch } from "./cache.ts";
import { downloadEnvtest, PUBLIC_ENVTEST_INDEX } from "./envtest.ts";
import type { Tool } from "./tools.ts";

export interface ResolveOptions {
  /**
   * KUBERNETES, KUBEBUILDER_ASSETS, PKGSERVER_ENVTEST_INDEX (empty: no download), PKGSERVER_HELM, XDG_CACHE_HOME;
   * process.env by default.
   */
  readonly env?: Environment;
  /** Receives lines of progress; writes them to stderr by default. */
  readonly log?: Log;
  /** Builds a program; runs `go build` by default. */
  readonly build?: typeof buildTool;
}

export type Settings = Required<ResolveOptions>;

export function withDefaults(options: ResolveOptions): Settings {
  return { env: process.env, log: (line) => process.stderr.write(`${line}\n`), build: buildTool, ...options };
}

/**
 * Files of these programs, in their order, from the cache. Missing ones are downloaded, if an archive has them, or
 * built, by one process at a time.
 */
export async function provide(wanted: readonly Tool[], settings: Settings): Promise<readonly string[]> {
  const root = cacheRoot(settings.env);
  const missing = (): readonly Tool[] => wanted.filter((tool) => findCached(root, tool) === undefined);
  if (missing().length > 0) {
    await withLock(join(root, "lock"), settings.log, async () => {
      if (missing().length > 0) await downloadArchives(root, missing(), settings);
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

/** Caches the programs that archives of envtest have. */
async function downloadArchives(root: string, missing: readonly Tool[], settings: Settings): Promise<void> {
  const index = settings.env.PKGSERVER_ENVTEST_INDEX ?? PUBLIC_ENVTEST_INDEX;
  if (index === "") return;
  for (const [release, tools] of Map.groupBy(missing, ({ archive }) => archive)) {
    if (release !== undefined) await downloadArchive({ index, release, root }, tools, settings);
  }
}

/** A failure is only logged: the programs are then built. */
async function downloadArchive(
  { index, release, root }: { readonly index: string; readonly release: string; readonly root: string },
  tools: readonly Tool[],
  { log }: Settings,
): Promise<void> {
  const names = tools.map(({ name }) => name).join(", ");
  try {
    await withScratch(root, async (dir) => {
      log(`looking for ${names} of ${release} in ${index}`);
      const { files, origin } = await downloadEnvtest(index, release, dir);
      for (const tool of tools) {
        const file = files.get(tool.name);
        if (file !== undefined) await keepInCache(root, tool, file, origin);
      }
      log(`downloaded ${origin.slice(0, origin.indexOf(" "))}`);
    });
  } catch (error) {
    log(`no download of ${names}: ${explain(error)}`);
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
