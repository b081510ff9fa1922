import { readFile } from "node:fs/promises";
import { resolveStarlark } from "../../../../e2e/harness/go-programs.ts";
import { createFunctionRuntime } from "../../../function-runtime/create-runtime.ts";
import { NO_FUNCTIONS } from "../../../function-runtime/settings/settings.ts";

const starlark = await resolveStarlark();

/** Why starlark cannot be tried here; undefined if it can. */
export const missingStarlark = "missing" in starlark ? starlark.missing : undefined;

/** Runs starlark, which is built if it is not in the cache. */
export const starlarkRuntime = createFunctionRuntime({
  settings: NO_FUNCTIONS,
  readStarlark: async () => ("file" in starlark ? await readFile(starlark.file) : undefined),
});
