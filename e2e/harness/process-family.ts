import { readdirSync, readFileSync } from "node:fs";

/** A process and its descendants. Linux only: read from /proc. */
export function familyOf(pid: number): readonly number[] {
  const children = threadsOf(pid).flatMap((task) => readProc(pid, `task/${task}/children`).match(/\d+/g) ?? []);
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

/** A file below /proc/PID; empty if the process has ended. */
export function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}
