import { copyFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { resolveStarlark } from "../harness/go-programs.ts";
import { CommandError, reportErrors } from "./command-error.ts";

/**
 * `make starlark`: writes the WebAssembly module of the function starlark. `--if-possible`: without Go, the bundle is
 * built all the same, and says what is missing when the function is to run.
 */
reportErrors();
const [target = "dist/starlark.wasm", mode] = process.argv.slice(2);
const log = (line: string): void => void process.stderr.write(`${line}\n`);

const found = await resolveStarlark({ log });
if ("file" in found) {
  await mkdir(dirname(target), { recursive: true });
  await copyFile(found.file, target);
} else if (mode === "--if-possible") log(`without the function starlark: ${found.missing}`);
else throw new CommandError(found.missing);
