import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Found } from "./binaries.ts";
import { provide, type ResolveOptions, withDefaults } from "./provide.ts";
import type { Tool } from "./tools.ts";

const MODULE_DIR = join(import.meta.dirname, "..", "..", "src", "function-runtime", "starlark");

/** The WebAssembly module of the function starlark. The version is a digest of its sources. */
function describeStarlark(): Tool {
  const digest = createHash("sha256");
  for (const name of readdirSync(MODULE_DIR).sort()) {
    digest
      .update(`${name}\0`)
      .update(readFileSync(join(MODULE_DIR, name)))
      .update("\0");
  }
  return {
    name: "starlark.wasm",
    version: digest.digest("hex").slice(0, 16),
    moduleDir: MODULE_DIR,
    goPackage: ".",
    linkerValues: [],
    platform: { GOOS: "wasip1", GOARCH: "wasm" },
  };
}

/** Finds the module in the cache, or builds it with Go. */
export async function resolveStarlark(options: ResolveOptions = {}): Promise<Found> {
  try {
    const [file] = await provide([describeStarlark()], withDefaults(options));
    return { file: file as string };
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error).split("\n");
    return { missing: line ?? "" };
  }
}
