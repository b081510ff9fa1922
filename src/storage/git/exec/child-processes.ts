import { readFileSync } from "node:fs";

/** Programs that this process starts for git: git itself, and the shell of the process group script. */
const PROGRAMS: ReadonlySet<string> = new Set(["git", "sh", "dash"]);

/**
 * Memory of each child of this process that is git, with all that it has started: process id → bytes that no file
 * backs. Empty where the system does not tell. A few microseconds for each process: procfs is no disk.
 */
export function readGitChildren(): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const pid of childrenOf(process.pid)) {
    const name = /^Name:\t(.*)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? "";
    if (PROGRAMS.has(name)) found.set(pid, treeBytes(pid));
  }
  return found;
}

/** The same of one process; 0 if it has ended. */
export function treeBytes(pid: number): number {
  const kib = Number(/^RssAnon:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
  return childrenOf(pid).reduce((sum, child) => sum + treeBytes(child), kib * 1024);
}

/**
 * Kills what a process has started, with their process groups: at once, while the shell of the process group script
 * would have to be scheduled first.
 */
export function killChildren(pid: number): void {
  for (const child of childrenOf(pid)) {
    for (const target of [-child, child]) {
      try {
        process.kill(target, "SIGKILL");
      } catch {
        // It has no group of its own, or has ended.
      }
    }
  }
}

/** Those of its first thread, from which libuv and git start all processes. */
function childrenOf(pid: number): readonly number[] {
  return (read(`/proc/${pid}/task/${pid}/children`).match(/\d+/g) ?? []).map(Number);
}

/** Empty for a process that has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
