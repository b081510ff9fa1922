import { setTimeout } from "node:timers/promises";

/** CPU milliseconds of this thread: time that it waits for a busy machine, or for I/O, does not count. */
export interface Turns {
  readonly totalMs: number;
  /** The longest time that other work had to wait for its turn of the event loop. */
  readonly longestMs: number;
}

/** Milliseconds between two looks at the clock. */
const INTERVAL_MS = 2;

/** Measures how work shares the event loop. */
export async function measureTurns(work: () => Promise<void>): Promise<Turns> {
  const start = cpuMs();
  let last = start;
  let longestMs = 0;
  let isDone = false;
  const look = () => {
    const now = cpuMs();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  };
  const looking = (async () => {
    while (!isDone) {
      await setTimeout(INTERVAL_MS);
      look();
    }
  })();
  await work();
  look();
  isDone = true;
  const totalMs = last - start;
  await looking;
  return { totalMs, longestMs };
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
