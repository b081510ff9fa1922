import { readFile } from "node:fs/promises";
import type { FunctionRuntime } from "../core/ports/function-runtime.ts";
import { createFunctionRuntime } from "./create-runtime.ts";
import { digestOf } from "./file-digest.ts";
import { type FunctionSettings, runsOnRunner } from "./settings/settings.ts";

/** What another process makes a FunctionRuntime of. */
export interface RuntimeSource {
  readonly settings: FunctionSettings;
  /** The path of starlark's WebAssembly module, which need not be there. */
  readonly starlarkFile: string;
}

export function openRuntime({ settings, starlarkFile }: RuntimeSource): FunctionRuntime {
  return createFunctionRuntime({ settings, readStarlark: async () => await readIfThere(starlarkFile) });
}

/** The versions of functions that there are, as results have them: `wasm@sha256:…`, `container@IMAGE`. */
export interface FunctionVersions {
  readonly has: (version: string) => boolean;
}

/** Of the built-in functions, and of those of a source; reads starlark's module. */
export async function readVersions(
  builtIn: ReadonlySet<string>,
  { settings, starlarkFile }: RuntimeSource,
): Promise<FunctionVersions> {
  const starlark = await readIfThere(starlarkFile);
  const known = new Set(builtIn);
  if (starlark !== undefined) known.add(`starlark@${digestOf(starlark)}`);
  for (const { kind, digest } of settings.functions.values()) known.add(`${kind}@${digest}`);
  const { runner } = settings;
  const isContainer = (version: string) =>
    runner !== undefined && version.startsWith(CONTAINER) && runsOnRunner(runner, version.slice(CONTAINER.length));
  return { has: (version) => known.has(version) || isContainer(version) };
}

const CONTAINER = "container@";

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  return await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
