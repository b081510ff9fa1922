/** Resolves when the promise settles or the signal is aborted. Rejects only if the promise does first. */
export async function unlessAborted(signal: AbortSignal, promise: Promise<unknown>): Promise<void> {
  const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await Promise.race([promise, aborted]);
}
