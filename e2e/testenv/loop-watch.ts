import { type Inspector, openInspector } from "../harness/inspector.ts";
import type { OperatorProcess } from "../harness/operator.ts";

/** Measures how long the operator's event loop is blocked. */
export interface EventLoopMonitor {
  /**
   * Longest time since the last call that the event loop was blocked, in milliseconds of the thread's CPU time: time
   * that the thread waits for a busy machine does not count.
   */
  longestMs(): Promise<number>;
  close(): void;
}

/** Milliseconds between two measurements, and the largest error of one. */
const INTERVAL_MS = 10;

/** Program that is evaluated in the operator. */
const MONITOR = `
const cpu = () => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000; };
let last = cpu();
globalThis.longestMs = 0;
clearInterval(globalThis.loopMonitor);
globalThis.loopMonitor = setInterval(() => {
  const now = cpu();
  globalThis.longestMs = Math.max(globalThis.longestMs, now - last);
  last = now;
}, ${INTERVAL_MS}).unref();
0`;

export async function monitorEventLoop(operator: OperatorProcess): Promise<EventLoopMonitor> {
  const inspector = await openInspector(operator);
  await evaluate(inspector, MONITOR);
  return {
    longestMs: async () => await evaluate(inspector, "const longest = longestMs; longestMs = 0; longest"),
    close: () => inspector.close(),
  };
}

async function evaluate(inspector: Inspector, expression: string): Promise<number> {
  const { result } = await inspector.send<{ result: { value: number; description?: string } }>("Runtime.evaluate", {
    expression: `{${expression}}`,
  });
  if (typeof result.value !== "number") throw new Error(`Runtime.evaluate returned no number: ${result.description}`);
  return result.value;
}
