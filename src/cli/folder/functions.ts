import { readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { getRawAsset, isSea } from "node:sea";
import type { FunctionRuntime } from "../../core/ports/function-runtime.ts";
import { createFunctionRuntime } from "../../function-runtime/create-runtime.ts";
import { readSettings, SettingsError } from "../../function-runtime/settings/read-settings.ts";
import { NO_FUNCTIONS } from "../../function-runtime/settings/settings.ts";
import { CliError } from "../cli-error.ts";
import { readLocalFile } from "./read-limited.ts";

/** The name of starlark's module beside the bundle, and in an executable. */
const STARLARK = "starlark.wasm";

/**
 * Opens what runs functions that are not built in.
 * @param settingsFile what the user allows; undefined for nothing
 * @throws CliError usage for settings that are wrong
 */
export async function openFunctions(
  cwd: string,
  settingsFile: string | undefined,
): Promise<FunctionRuntime & Disposable> {
  const settings = settingsFile === undefined ? NO_FUNCTIONS : await readFunctionSettings(cwd, settingsFile);
  return createFunctionRuntime({ settings, readStarlark });
}

async function readFunctionSettings(cwd: string, file: string) {
  const text = (await readLocalFile(cwd, file)).toString();
  try {
    return readSettings(text);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new CliError("usage", `${file}: ${error.message}`);
  }
}

async function readStarlark(): Promise<Uint8Array | undefined> {
  if (isSea()) return new Uint8Array(getRawAsset(STARLARK));
  const program = await realpath(process.argv[1] ?? "");
  return await readFile(join(dirname(program), STARLARK)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
