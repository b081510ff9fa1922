import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { createGuard } from "./guard.ts";
import { identifyProcess } from "./processes.ts";

/** A line of the log: `startOperator` looks for it. */
export const RESTARTED = "the operator has ended and is started again";

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;
/** After as long a run, the next delay is the first one again. */
const STABLE_MS = 60_000;
/** Shorter than the time after which `endProcess` kills the supervisor. */
const GRACE_MS = 8_000;

/**
 * Runs a command, and starts it again whenever it ends, as a kubelet does: after 1 s, and after twice as long each time
 * up to a minute. Its output is ours; each restart is a line of it. SIGTERM ends both; the command never outlives us.
 */
async function supervise(command: string, args: readonly string[]): Promise<void> {
  const guard = createGuard();
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  process.on("SIGTERM", () => {
    stopping.abort();
    child?.kill("SIGTERM");
    setTimeout(() => child?.kill("SIGKILL"), GRACE_MS).unref();
  });
  for (let delayMs = FIRST_DELAY_MS; !stopping.signal.aborted; delayMs = Math.min(2 * delayMs, MAX_DELAY_MS)) {
    const started = performance.now();
    child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
    await once(child, "spawn");
    const ref = identifyProcess(child.pid ?? 0);
    if (ref !== undefined) guard.watch(ref);
    const [code, signal] = await once(child, "exit");
    if (ref !== undefined) guard.release(ref);
    if (stopping.signal.aborted) break;
    if (performance.now() - started > STABLE_MS) delayMs = FIRST_DELAY_MS;
    log({ code, signal, afterMs: delayMs });
    await delay(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
  guard.close();
}

function log(fields: object): void {
  const line = { ts: new Date().toISOString(), level: "error", msg: RESTARTED, ...fields };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

/** `node e2e/harness/supervise.ts COMMAND ARGUMENT…` */
if (import.meta.main) {
  const [command = "", ...args] = process.argv.slice(2);
  await supervise(command, args);
}
