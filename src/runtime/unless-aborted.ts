/**
 * Resolves when the promise settles, or if the signal is or becomes aborted. Rejects only if the promise does first.
 */
export async function unlessAborted(signal: AbortSignal, promise: Promise<unknown>): Promise<void> {
  const aborted = signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  // Handles a later rejection of the promise, too.
  await Promise.race([promise, aborted]);
}
