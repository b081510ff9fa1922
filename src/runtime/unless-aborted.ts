/** Waits for a promise, but no longer than until the signal is aborted. */
export async function unlessAborted(signal: AbortSignal, promise: Promise<unknown>): Promise<void> {
  const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await Promise.race([promise, aborted]);
}
