/**
 * The child's side of `WorkerProcess`: answers each message with the result of `handle`. The process ends with its
 * parent, and when `handle` throws.
 */
export function answerCalls<Input, Output>(handle: (input: Input) => Output | Promise<Output>): void {
  process.on("message", async (input: Input) => process.send?.(await handle(input)));
  process.on("disconnect", () => process.exit(0));
}
