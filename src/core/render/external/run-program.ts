import type { YAMLMap } from "yaml";
import {
  FunctionLimitExceeded,
  type FunctionOutput,
  type FunctionProgram,
  FunctionUnavailable,
} from "../../ports/function-runtime.ts";
import { RenderError } from "../failure.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "../functions/function.ts";
import { countMarks, readResourceList, readResults } from "./read-output.ts";
import { type InputFormat, writeResourceList } from "./resource-list.ts";
import { reportOf } from "./results.ts";
import { takeItems } from "./take-items.ts";

/** Characters of a text of a function that are kept. */
const MAX_TEXT = 900;

/** The function that a program is. */
export function programFunction(program: FunctionProgram): KrmFunction {
  return { name: program.kind, version: program.version, run: (call) => runProgram(program, "yaml", call) };
}

/**
 * Runs a program on the resources of a call, and takes what it returned. Throws a FunctionError, or a RenderError if
 * the program exceeded a limit or cannot be run.
 */
export async function runProgram(program: FunctionProgram, format: InputFormat, call: FunctionCall): Promise<void> {
  const { items, config, report, budget } = call;
  const input = writeResourceList(items, config, format);
  const output = await callProgram(program, input.text);
  const log = output.stderr.trim().slice(0, MAX_TEXT);
  if (output.exitCode !== 0) {
    budget.spend(countMarks(output.stdout));
    const hasError = reportAll(readResults(output.stdout), call);
    if (hasError) return;
    throw new FunctionError(`ended with exit code ${output.exitCode}${log === "" ? "" : `: ${log}`}`);
  }
  if (log !== "") report({ severity: "info", message: log });
  budget.spend(countMarks(output.stdout));
  const { items: returned, results } = readResourceList(output.stdout);
  const after = takeItems(items, input.places, returned);
  items.splice(0, items.length, ...after);
  reportAll(results, call);
}

async function callProgram(program: FunctionProgram, input: string): Promise<FunctionOutput> {
  try {
    return await program.run(input);
  } catch (error) {
    if (error instanceof FunctionLimitExceeded) {
      throw new RenderError({ reason: "LimitExceeded", message: error.message });
    }
    if (error instanceof FunctionUnavailable) {
      const { message, isTransient } = error;
      throw new RenderError({ reason: "FunctionNotAvailable", message, ...(isTransient && { isTransient }) });
    }
    throw error;
  }
}

/** Reports results. True if one of them is an error, with which the function fails. */
function reportAll(results: readonly YAMLMap[], { report, items }: FunctionCall): boolean {
  const reports = results.map((result) => reportOf(result, items, MAX_TEXT));
  for (const one of reports) report(one);
  return reports.some(({ severity }) => severity === "error");
}
