import { readdirSync, readFileSync } from "node:fs";
import { endProcess, identifyProcess, type ProcessRef } from "../harness/processes.ts";

/**
 * Processes with this text in their environment: git's environment contains its mirror's folder and its remote's
 * address, and all its child processes inherit it. Linux only.
 */
export function findChildren(text: string): readonly ProcessRef[] {
  const pids = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid);
  return pids.filter((pid) => environmentOf(pid).includes(text)).flatMap((pid) => identifyProcess(Number(pid)) ?? []);
}

/** Sends SIGKILL to all of them, as when the machine fails. */
export async function killChildren(text: string): Promise<void> {
  await Promise.all(findChildren(text).map((ref) => endProcess(ref, { graceMs: 0 })));
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}
