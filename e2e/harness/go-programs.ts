import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Found } from "./binaries.ts";
import { provide, type ResolveOptions, withDefaults } from "./provide.ts";
import type { Tool } from "./tools.ts";

const ROOT = join(import.meta.dirname, "..", "..");
export const STARLARK_DIR = join(ROOT, "src", "function-runtime", "starlark");
export const WASI = { GOOS: "wasip1", GOARCH: "wasm" } as const;

/** The WebAssembly module of the function starlark: from the cache, or built with Go. */
export async function resolveStarlark(options: ResolveOptions = {}): Promise<Found> {
  return await resolveOwn("starlark.wasm", STARLARK_DIR, WASI, options);
}

/** A function for tests, as an executable. */
export async function resolveTestExecutable(): Promise<Found> {
  return await resolveOwn("test-function", join(ROOT, "e2e", "functions", "program"), undefined, {});
}

/** The same function as a WebAssembly module. */
export async function resolveTestModule(): Promise<Found> {
  return await resolveOwn("test-function.wasm", join(ROOT, "e2e", "functions", "program"), WASI, {});
}

/** A program of ours; its version is a digest of its sources. */
async function resolveOwn(
  name: Tool["name"],
  moduleDir: string,
  platform: Tool["platform"],
  options: ResolveOptions,
): Promise<Found> {
  const digest = createHash("sha256");
  for (const file of readdirSync(moduleDir).sort()) {
    digest
      .update(`${file}\0`)
      .update(readFileSync(join(moduleDir, file)))
      .update("\0");
  }
  const tool: Tool = {
    name,
    version: digest.digest("hex").slice(0, 16),
    moduleDir,
    goPackage: ".",
    linkerValues: [],
    ...(platform !== undefined && { platform }),
  };
  try {
    const [file] = await provide([tool], withDefaults(options));
    return { file: file as string };
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error).split("\n");
    return { missing: line ?? "" };
  }
}
