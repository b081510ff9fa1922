import type { FunctionRuntime } from "../core/ports/function-runtime.ts";
import { type ProcessCall, processPackage } from "../core/processing/process-package.ts";
import { openRuntime, type RuntimeSource } from "../function-runtime/runtime-source.ts";
import { answerCalls } from "../runtime/answer-calls.ts";

/** The same with each call: compiled modules are kept from one to the next. */
let runtime: FunctionRuntime | undefined;

answerCalls(async ({ functions, ...call }: ProcessCall & { readonly functions: RuntimeSource }) => {
  runtime ??= openRuntime(functions);
  return await processPackage(call, runtime);
});
