import { readdirSync, readFileSync } from "node:fs";

/** Memory of a process and all its descendants, MiB. Linux only: read from /proc. */
export interface Memory {
  readonly now: number;
  /** Sum of each process's own peak. */
  readonly peak: number;
}

export function readMemory(pid: number): Memory {
  const all = familyOf(pid).map((one) => readProc(one, "status"));
  const sum = (field: string) => all.reduce((total, text) => total + kibibytes(text, field), 0) / 1024;
  return { now: sum("VmRSS"), peak: sum("VmHWM") };
}

function familyOf(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((one) => /^[0-9]+$/.test(one))) {
    // The command's name, in parentheses, may contain any character.
    const [, parent] = readProc(Number(name), "stat")
      .replace(/^.*\) /s, "")
      .split(" ");
    parents.set(Number(name), Number(parent));
  }
  const family = [pid];
  for (const one of family) for (const [child, parent] of parents) if (parent === one) family.push(child);
  return family;
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It has ended in the meantime.
    return "";
  }
}

function kibibytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
}

/** A counter or gauge of a Prometheus endpoint, summed over the series whose labels match. */
export async function readMetric(
  url: string,
  name: string,
  matches: (labels: string) => boolean = () => true,
): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  let total = 0;
  for (const line of text.split("\n")) {
    const [, metric, labels = "", value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (metric === name && matches(labels)) total += Number(value);
  }
  return total;
}
