import { KubectlError } from "../harness/kubectl.ts";

/** What whoever calls a command can mend: told without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Ends a command that fails: with what to do, where that is known; with all there is to know, else. */
export function reportErrors(): void {
  process.setUncaughtExceptionCaptureCallback((error) => {
    const known = error instanceof CommandError || error instanceof KubectlError;
    process.stderr.write(`${known ? error.message : (error.stack ?? String(error))}\n`);
    process.exit(1);
  });
}
