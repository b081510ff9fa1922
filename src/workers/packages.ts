import { type MergeCall, mergeTrees } from "../core/merge/merge-call.ts";
import type { FunctionRuntime } from "../core/ports/function-runtime.ts";
import { type ApisCall, readApis } from "../core/processing/apis-call.ts";
import { type ProcessCall, processPackage } from "../core/processing/process-package.ts";
import { openRuntime, type RuntimeSource } from "../function-runtime/runtime-source.ts";
import { answerCalls } from "../runtime/answer-calls.ts";

/** What is done with packages outside of the operator's process: in one process, since its memory counts. */
export type PackageCall =
  | { readonly kind: "process"; readonly call: ProcessCall; readonly functions: RuntimeSource }
  | { readonly kind: "merge"; readonly call: MergeCall; readonly functions: RuntimeSource }
  | { readonly kind: "apis"; readonly call: ApisCall };

/** The same with each call: compiled modules are kept from one to the next. */
let runtime: FunctionRuntime | undefined;

answerCalls(async (packageCall: PackageCall) => {
  if (packageCall.kind === "apis") return readApis(packageCall.call);
  const { kind, call, functions } = packageCall;
  runtime ??= openRuntime(functions);
  return kind === "process" ? await processPackage(call, runtime) : await mergeTrees(call, runtime);
});
