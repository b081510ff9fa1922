import { familyOf, readProc } from "./process-family.ts";

/** Memory of a process and all its descendants, MiB. Linux only. */
export interface Memory {
  readonly now: number;
  /** Sum of each process's own peak. */
  readonly peak: number;
  /**
   * Part of `now` that no file backs, which is what a container's limit is about: the kernel takes pages of files back
   * when it needs them.
   */
  readonly anonymous: number;
}

export function readMemory(pid: number): Memory {
  const family = familyOf(pid);
  const all = family.filter((one) => one === pid || hasStarted(one)).map((one) => readProc(one, "status"));
  const sum = (field: string) => all.reduce((total, text) => total + kibibytes(text, field), 0) / 1024;
  return { now: sum("VmRSS"), peak: sum("VmHWM"), anonymous: sum("RssAnon") + sum("RssShmem") };
}

/** False for a fork that has not started its program yet: it shares the pages of its parent. */
function hasStarted(pid: number): boolean {
  const parent = Number(/^PPid:\s+(\d+)$/m.exec(readProc(pid, "status"))?.[1] ?? 0);
  return readProc(pid, "cmdline") !== readProc(parent, "cmdline");
}

function kibibytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
}
