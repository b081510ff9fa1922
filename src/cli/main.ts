import { basename } from "node:path";
import process from "node:process";
import { runProgram } from "./program.ts";

/** `kubectl-pkg` is called by kubectl; `pkgctl` by people. */
function programName(path: string): string {
  return /^pkgctl(\.[a-z]+)?$/.test(basename(path)) ? "pkgctl" : "kubectl pkg";
}

// A pager or `head` that has read enough is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
}

void runProgram(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  program: programName(process.argv[1] ?? ""),
  now: () => Date.now(),
}).then((code) => {
  process.exitCode = code;
});
