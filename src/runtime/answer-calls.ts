/**
 * The child's side of `WorkerProcess`: answers each message with the result of `handle`. The process ends with its
 * parent, and when `handle` throws.
 */
export function answerCalls<Input, Output>(handle: (input: Input) => Output): void {
  process.on("message", (input: Input) => process.send?.(handle(input)));
  process.on("disconnect", () => process.exit(0));
}
