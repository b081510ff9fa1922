import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Log, withLock } from "./cache.ts";
import { endProcess, isRunning } from "./processes.ts";
import { type RunState, readRunState, writeRunState } from "./run-state.ts";

/**
 * Ends what `bringUp` has started in `runDir`, and nothing else: a process that was given one of those pids later stays. The data
 * stays too, so that `up` goes on where this ended, unless `deleteData`.
 */
export async function bringDown(runDir: string, options: { log?: Log; deleteData?: boolean } = {}): Promise<void> {
  const { log = () => undefined, deleteData = false } = options;
  const dir = resolve(runDir);
  // Without a state it is not known to be ours, and nothing in it is touched.
  if ((await readRunState(dir)) === undefined) return log(`nothing was started in ${dir}`);
  await withLock(join(dir, "lock"), log, async () => {
    const state = await readRunState(dir);
    if (state !== undefined) await endRecorded(state, log);
    if (deleteData) await rm(dir, { recursive: true, force: true });
  });
}

/** Ends the processes of a state, in their order, and writes down that they are gone. */
export async function endRecorded(state: RunState, log: Log): Promise<void> {
  for (const { name, ref } of state.processes) {
    if (!isRunning(ref)) continue;
    await endProcess(ref);
    log(`ended ${name} (${ref.pid})`);
  }
  await writeRunState({ ...state, processes: [] });
}

/** `node e2e/harness/down.ts [DIR] [--delete]` */
if (import.meta.main) {
  const words = process.argv.slice(2);
  const [dir = ".run"] = words.filter((word) => word !== "--delete");
  await bringDown(dir, {
    log: (line) => void process.stdout.write(`${line}\n`),
    deleteData: words.includes("--delete"),
  });
}
