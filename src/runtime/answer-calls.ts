/**
 * The child's side of `WorkerProcess`: answers each message with the result of `handle`. The process ends with its
 * parent, and when `handle` throws.
 */
export function answerCalls<Question, Answer>(handle: (question: Question) => Answer): void {
  process.on("message", (question: Question) => process.send?.(handle(question)));
  process.on("disconnect", () => process.exit(0));
}
