import { isScalar, type Node, type YAMLMap } from "yaml";
import type { FunctionProgram } from "../../ports/function-runtime.ts";
import { runProgram } from "../external/run-program.ts";
import { nodeAt } from "../nodes/read.ts";
import { isConfigMap, requireConfig, settingOf } from "./config.ts";
import { FunctionError, type FunctionReport, type KrmFunction } from "./function.ts";

export const STARLARK = "starlark";

/** Runs the script of the functionConfig on the resources; a script sees and makes values, and no comments. */
export function starlark(program: FunctionProgram): KrmFunction {
  return {
    name: STARLARK,
    version: program.version,
    run: async (call) => {
      const config = requireConfig(call.config, "StarlarkRun");
      const script = scriptPlace(config);
      if (settingOf(config, "source") === "") throw new FunctionError("`source` must not be empty", script);
      let error: string | undefined;
      const report = (one: FunctionReport) => {
        if (one.severity === "error") error ??= one.message;
        call.report(one);
      };
      await runProgram(program, "json", { ...call, report });
      if (error !== undefined) throw new FunctionError(error, { ...script, ...lineOf(error, script.node) });
    },
  };
}

function scriptPlace(config: YAMLMap): { readonly field: string; readonly node?: Node } {
  const path = isConfigMap(config) ? ["data", "source"] : ["source"];
  const node = nodeAt(config, ...path);
  return { field: path.join("."), ...(node !== undefined && { node }) };
}

/** The line that a message names, if the script begins below its key. */
function lineOf(message: string, node: Node | undefined): { readonly linesBelow?: number } {
  const [, ofRun, ofParse] = / \(line (\d{1,6}) of the script\)$|^[^\n]{1,253}?:(\d{1,6}):\d+: /.exec(message) ?? [];
  const line = ofRun ?? ofParse;
  return line !== undefined && isScalar(node) && node.type === "BLOCK_LITERAL" ? { linesBelow: Number(line) } : {};
}
