import type { YAMLMap } from "yaml";
import type { FunctionProgram } from "../../ports/function-runtime.ts";
import { runProgram } from "../external/run-program.ts";
import { nodeAt } from "../nodes/read.ts";
import { isConfigMap, requireConfig, settingOf } from "./config.ts";
import { FunctionError, type KrmFunction } from "./function.ts";

export const STARLARK = "starlark";

/** Runs the script of the functionConfig on the resources; a script sees and makes values, and no comments. */
export function starlark(program: FunctionProgram): KrmFunction {
  return {
    name: STARLARK,
    version: program.version,
    run: async (call) => {
      requireSource(requireConfig(call.config, "StarlarkRun"));
      await runProgram(program, "json", call);
    },
  };
}

function requireSource(config: YAMLMap): void {
  if (settingOf(config, "source") !== "") return;
  const path = isConfigMap(config) ? ["data", "source"] : ["source"];
  const node = nodeAt(config, ...path);
  throw new FunctionError("`source` must not be empty", { field: path.join("."), ...(node !== undefined && { node }) });
}
