import { readdirSync, readFileSync } from "node:fs";

/** Looks again and again at the arguments of a process and of all that it starts; Linux only. */
export interface ArgumentWatch {
  /** Every argument list seen so far, each once. */
  seen(): ReadonlySet<string>;
  close(): void;
}

/** As often as is looked, in milliseconds: seldom enough to cost nothing, often enough for what waits for a remote. */
const EVERY = 100;

/** `pid`: asked each time, since the process may be another one after a restart. */
export function watchArguments(pid: () => number): ArgumentWatch {
  const seen = new Set<string>();
  const look = () => {
    for (const one of familyOf(pid())) {
      const line = read(`/proc/${one}/cmdline`).replaceAll("\0", " ").trim();
      if (line !== "") seen.add(line);
    }
  };
  const timer = setInterval(look, EVERY).unref();
  return {
    seen: () => {
      look();
      return seen;
    },
    close: () => clearInterval(timer),
  };
}

/** A process and its descendants. */
function familyOf(pid: number): readonly number[] {
  const children = list(`/proc/${pid}/task`).flatMap((task) => read(`/proc/${pid}/task/${task}/children`).split(" "));
  return [pid, ...children.filter((child) => child !== "").flatMap((child) => familyOf(Number(child)))];
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
