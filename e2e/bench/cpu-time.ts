import { familyOf, readProc } from "../harness/process-family.ts";

/** Of the clock in which the kernel counts the time of processes, in Hz: the same on all machines. */
const TICKS = 100;

/**
 * Seconds of CPU time that a process, its descendants, and those of them that have ended have used so far. Unlike a
 * time on the clock it depends little on other load of the machine. Linux only.
 */
export function cpuSecondsOf(pid: number): number {
  return familyOf(pid).reduce((sum, one) => sum + ticksOf(one), 0) / TICKS;
}

/** utime, stime, cutime and cstime; see proc(5). */
function ticksOf(pid: number): number {
  const stat = readProc(pid, "stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}
