import process from "node:process";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** A clean-up that takes longer is given up. */
const LIMIT_MS = 5_000;
/** An interrupt and the end of a child reach this process by different threads, in any order. */
const LATE_MS = 250;

const cleanUps = new Set<() => Promise<void> | void>();
let ignored = 0;

/**
 * Runs what must not be left half done when the user interrupts it: a signal runs `cleanUp` first, and then ends the
 * process as it would have done. A second one ends it at once.
 */
export async function withCleanUp<T>(cleanUp: () => Promise<void> | void, run: () => Promise<T>): Promise<T> {
  if (cleanUps.size === 0) for (const signal of SIGNALS) process.on(signal, handle);
  cleanUps.add(cleanUp);
  try {
    return await run();
  } finally {
    cleanUps.delete(cleanUp);
    if (cleanUps.size === 0) restore();
  }
}

/** Runs while interrupts at the terminal are for another program, such as an editor; one of them may have ended it. */
export async function ignoringInterrupts<T>(run: () => Promise<T>): Promise<T> {
  const ignore = () => undefined;
  process.on("SIGINT", ignore);
  process.on("SIGQUIT", ignore);
  ignored++;
  try {
    return await run();
  } finally {
    const stop = () => {
      ignored--;
      process.off("SIGINT", ignore);
      process.off("SIGQUIT", ignore);
    };
    setTimeout(stop, LATE_MS).unref();
  }
}

function handle(signal: NodeJS.Signals): void {
  if (ignored > 0 && signal === "SIGINT") return;
  restore();
  const end = () => process.kill(process.pid, signal);
  setTimeout(end, LIMIT_MS).unref();
  // The last one is the innermost.
  void [...cleanUps]
    .reverse()
    .reduce(async (before, cleanUp) => {
      await before;
      await Promise.resolve(cleanUp()).catch(() => undefined);
    }, Promise.resolve())
    .then(end, end);
}

function restore(): void {
  for (const signal of SIGNALS) process.off(signal, handle);
}
