import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { FUNCTION_VERSIONS } from "../core/render/functions/registry.ts";
import { type FunctionVersions, type RuntimeSource, readVersions } from "../function-runtime/runtime-source.ts";
import { readSettings, SettingsError } from "../function-runtime/settings/read-settings.ts";
import { type FunctionSettings, NO_FUNCTIONS } from "../function-runtime/settings/settings.ts";
import { ConfigError } from "./config.ts";
import { starlarkUrl } from "./worker-url.ts";

/** The functions that packages may use. */
export interface Functions {
  readonly source: RuntimeSource;
  readonly versions: FunctionVersions;
}

/**
 * Reads the settings of functions; undefined for none. Throws `ConfigError` if they are wrong: without them, packages
 * that were rendered before would fail.
 */
export async function loadFunctions(settingsFile: string | undefined): Promise<Functions> {
  const settings = settingsFile === undefined ? NO_FUNCTIONS : await readSettingsFile(settingsFile);
  const source = { settings, starlarkFile: fileURLToPath(starlarkUrl()) };
  return { source, versions: await readVersions(FUNCTION_VERSIONS, source) };
}

async function readSettingsFile(file: string): Promise<FunctionSettings> {
  try {
    return readSettings(await readFile(file, "utf8"));
  } catch (error) {
    const reason = error instanceof SettingsError ? error.message : ((error as NodeJS.ErrnoException).code ?? error);
    throw new ConfigError(`PKGSERVER_FUNCTIONS is ${file}: ${reason}`);
  }
}
