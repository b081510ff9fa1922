import { spawn } from "node:child_process";
import type { ProcessRef } from "./processes.ts";

/** Kills the processes that it watches when this process ends, however it ends. */
export interface Guard {
  watch(ref: ProcessRef): void;
  /** Call it once the process has ended: its pid may be given to another process. */
  release(ref: ProcessRef): void;
  close(): void;
}

// Only the closed pipe shows that this process was killed (SIGKILL). A shell takes 1 MB of memory, node 40.
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
  // EPIPE after `close`: no process is watched then.
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
