import type { CrashJournal } from "../runtime/crash-journal.ts";
import type { RootLogger } from "../runtime/log.ts";
import type { Manager } from "../runtime/manager.ts";

/**
 * Ends the process at once, without an orderly stop: work that another replica may have taken over must not continue.
 */
export function exitFatally(log: RootLogger, reason: string, journal: Pick<CrashJournal, "close">): never {
  log.error("ending at once", { reason });
  journal.close();
  process.exit(1);
}

/** Stops the manager in order on SIGTERM and SIGINT, then ends the process: with 0 if everything stopped in time. */
export function stopOnSignals(manager: Manager, log: RootLogger, journal: Pick<CrashJournal, "close">): void {
  const stop = async (signal: string) => {
    log.info("stopping", { signal });
    const late = await manager.stop();
    log.info("stopped", { late });
    journal.close();
    process.exit(late.length === 0 ? 0 : 1);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop(signal));
}
