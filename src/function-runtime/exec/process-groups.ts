import process from "node:process";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Ids of the processes that lead a group each. */
const groups = new Set<number>();

/** Ends a process and all that it has started. */
export function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * Ends the group with this process, too, whether a signal or `process.exit` ends it: signals of a terminal do not reach
 * other groups. Returns a function to call when the group has ended.
 */
export function endWithProcess(leader: number): () => void {
  if (groups.size === 0) {
    process.on("exit", killAll);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  groups.add(leader);
  return () => {
    if (!groups.delete(leader) || groups.size > 0) return;
    stopListening();
  };
}

function stopListening(): void {
  process.off("exit", killAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function killAll(): void {
  for (const leader of groups) killGroup(leader);
}

function onSignal(signal: NodeJS.Signals): void {
  killAll();
  stopListening();
  // Without another listener, the signal ends the process as it would have done.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
