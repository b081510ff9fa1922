import { type Inspector, openInspector } from "../harness/inspector.ts";
import type { OperatorProcess } from "../harness/operator.ts";

/** Watches how long the operator's event loop is held up. */
export interface EventLoopMonitor {
  /**
   * The longest the operator has computed without coming back to its event loop, since this was asked last: milliseconds of
   * the thread's own CPU time, so that a busy machine, on which it has to wait for its turn, makes it no longer.
   */
  longestMs(): Promise<number>;
  close(): void;
}

/** As often as the loop is looked at, in milliseconds: so much is measured too long at most. */
const EVERY = 10;

/** What runs in the operator. */
const WATCH = `
const cpu = () => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000; };
let last = cpu();
globalThis.longestMs = 0;
clearInterval(globalThis.loopWatch);
globalThis.loopWatch = setInterval(() => {
  const now = cpu();
  globalThis.longestMs = Math.max(globalThis.longestMs, now - last);
  last = now;
}, ${EVERY}).unref();
0`;

export async function monitorEventLoop(operator: OperatorProcess): Promise<EventLoopMonitor> {
  const inspector = await openInspector(operator);
  await evaluate(inspector, WATCH);
  return {
    longestMs: async () => await evaluate(inspector, "const found = longestMs; longestMs = 0; found"),
    close: () => inspector.close(),
  };
}

async function evaluate(inspector: Inspector, expression: string): Promise<number> {
  const { result } = await inspector.send<{ result: { value: number; description?: string } }>("Runtime.evaluate", {
    expression: `{${expression}}`,
  });
  if (typeof result.value !== "number") throw new Error(`the operator answers ${result.description}`);
  return result.value;
}
