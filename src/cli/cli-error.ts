import type { Failure } from "./exit-codes.ts";

/** A failure that is shown to the user as it is: what is wrong, where, and the command that helps. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly failure: Failure;
  /** What to do, each a line: a command, or a sentence. */
  readonly hints: readonly string[];

  constructor(failure: Failure, message: string, hints: readonly string[] = []) {
    super(message);
    this.failure = failure;
    this.hints = hints;
  }
}
