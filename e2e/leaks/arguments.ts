import { familyOf, readProc } from "../harness/process-family.ts";

/** Polls the arguments of a process and of its descendants; Linux only. */
export interface ArgumentWatch {
  /** All observed argument lists, each once. */
  observed(): ReadonlySet<string>;
  close(): void;
}

/** Cheap, and often enough for processes that wait for a remote. */
const POLL_MS = 100;

/** `pid` is called for every poll: a restarted process has another one. */
export function watchArguments(pid: () => number): ArgumentWatch {
  const observed = new Set<string>();
  const poll = () => {
    for (const one of familyOf(pid())) {
      const line = readProc(one, "cmdline").replaceAll("\0", " ").trim();
      if (line !== "") observed.add(line);
    }
  };
  const timer = setInterval(poll, POLL_MS).unref();
  return {
    observed: () => {
      poll();
      return observed;
    },
    close: () => clearInterval(timer),
  };
}
