import { type MergeCall, mergeTrees } from "../core/merge/merge-call.ts";
import type { FunctionRuntime } from "../core/ports/function-runtime.ts";
import { openRuntime, type RuntimeSource } from "../function-runtime/runtime-source.ts";
import { answerCalls } from "../runtime/answer-calls.ts";

/** The same with each call: compiled modules are kept from one to the next. */
let runtime: FunctionRuntime | undefined;

answerCalls(async ({ functions, ...call }: MergeCall & { readonly functions: RuntimeSource }) => {
  runtime ??= openRuntime(functions);
  return await mergeTrees(call, runtime);
});
