/** Runs a generator to its end without a pause; `runInTurns` of the event loop pauses between its steps. */
export function runToEnd<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
