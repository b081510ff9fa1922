import { KubectlError } from "../harness/kubectl.ts";

/** An error that the caller of a command can fix: printed without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Prints the error of a failed command, with its stack unless it is a known error, and exits with 1. */
export function reportErrors(): void {
  process.setUncaughtExceptionCaptureCallback((error) => {
    const known = error instanceof CommandError || error instanceof KubectlError;
    process.stderr.write(`${known ? error.message : (error.stack ?? String(error))}\n`);
    process.exit(1);
  });
}
