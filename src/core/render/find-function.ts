import { type FunctionProgram, type FunctionRuntime, FunctionUnavailable } from "../ports/function-runtime.ts";
import { programFunction } from "./external/run-program.ts";
import type { KrmFunction } from "./functions/function.ts";
import { catalogName, findBuiltIn } from "./functions/registry.ts";
import { STARLARK, starlark } from "./functions/starlark.ts";

/** Functions of the kpt function catalog that are not built in, and what to do. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  gatekeeper: "its policies are written in Rego; a function runner can run it",
};

/**
 * The function for an image: the program that the settings allow for it, else the built-in function, else the function
 * runner. Throws `FunctionUnavailable`.
 */
export async function findFunction(image: string, runtime: FunctionRuntime | undefined): Promise<KrmFunction> {
  const allowed = await runtime?.allowed(image);
  if (allowed !== undefined) return programFunction(allowed);
  const builtIn = findBuiltIn(image);
  if (builtIn !== undefined) return builtIn;
  const name = catalogName(image);
  if (name === STARLARK) return starlark(await starlarkOf(runtime));
  const container = runtime?.container(image);
  if (container !== undefined) return programFunction(container);
  const reason = name !== undefined && Object.hasOwn(REPLACEMENTS, name) ? `: ${REPLACEMENTS[name]}` : "";
  throw new FunctionUnavailable(
    `no function for the image ${image.slice(0, 200)} is built in or allowed by the settings of functions${reason}`,
  );
}

async function starlarkOf(runtime: FunctionRuntime | undefined): Promise<FunctionProgram> {
  if (runtime !== undefined) return await runtime.starlark();
  throw new FunctionUnavailable("starlark cannot be run here: there is no WebAssembly module for it");
}
