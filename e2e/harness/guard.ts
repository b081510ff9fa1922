import { spawn } from "node:child_process";
import type { ProcessRef } from "./processes.ts";

/** Ends the processes it watches when this process is gone, however it went. */
export interface Guard {
  watch(ref: ProcessRef): void;
  /** Call it once the process has ended: its pid may be someone else's soon. */
  release(ref: ProcessRef): void;
  close(): void;
}

// The pipe's end is the only thing that survives a SIGKILL of this process and tells of it. A shell costs 1 MB where node costs 40.
const SCRIPT = `
watched=" "
while read -r verb pid; do
  case "$verb" in
    watch) watched="$watched$pid " ;;
    release) watched="\${watched%% $pid *} \${watched#* $pid }" ;;
  esac
done
for pid in $watched; do kill -KILL "$pid"; done
`;

export function createGuard(): Guard {
  const shell = spawn("/bin/sh", ["-c", SCRIPT], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    env: { PATH: process.env.PATH ?? "" },
  });
  shell.on("error", (error) => {
    throw new Error(`the guard could not be started: ${error.message}`);
  });
  // EPIPE after close: there is nothing left to guard then.
  shell.stdin.on("error", () => undefined);
  shell.unref();
  const pipe = shell.stdin as typeof shell.stdin & { unref?: () => void };
  pipe.unref?.();
  return {
    watch: (ref) => void shell.stdin.write(`watch ${ref.pid}\n`),
    release: (ref) => void shell.stdin.write(`release ${ref.pid}\n`),
    close: () => shell.stdin.end(),
  };
}
