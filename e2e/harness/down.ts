import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Log, withLock } from "./cache.ts";
import { endProcess, isRunning } from "./processes.ts";
import { type RunState, readRunState, writeRunState } from "./run-state.ts";

/**
 * Ends the processes that `bringUp` has started in `runDir`, and no other process that was given one of their pids
 * later. Keeps the data, so that `up` continues with it, unless `deleteData`.
 */
export async function bringDown(runDir: string, options: { log?: Log; deleteData?: boolean } = {}): Promise<void> {
  const { log = () => undefined, deleteData = false } = options;
  const dir = resolve(runDir);
  // A folder without a state may belong to someone else: nothing in it is touched.
  if ((await readRunState(dir)) === undefined) return log(`nothing was started in ${dir}`);
  await withLock(join(dir, "lock"), log, async () => {
    const state = await readRunState(dir);
    if (state !== undefined) await endRecorded(state, log);
    if (deleteData) await rm(dir, { recursive: true, force: true });
  });
}

/** Ends the processes of a state, in their order, and removes them from the state file. */
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
  const args = process.argv.slice(2);
  const [dir = ".run"] = args.filter((arg) => arg !== "--delete");
  await bringDown(dir, {
    log: (line) => void process.stdout.write(`${line}\n`),
    deleteData: args.includes("--delete"),
  });
}
