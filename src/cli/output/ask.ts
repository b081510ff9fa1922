import { createInterface } from "node:readline/promises";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { printable } from "./printable.ts";

/**
 * Asks a person, who must answer y. Without a terminal nobody is asked.
 * @param flag what a script gives instead of an answer, such as `--yes`
 * @throws CliError usage if nobody can be asked; error if the answer is no
 */
export async function confirm(context: Context, question: string, flag: string): Promise<void> {
  if (!context.interactive) throw new CliError("usage", `${question} There is nobody to ask: give ${flag}`);
  const lines = createInterface({ input: context.stdin, output: context.stderr });
  try {
    const end = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
    const answer = await Promise.race([lines.question(`${printable(question)} [y/N] `), end]);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError("error", "not confirmed: nothing was done");
  } finally {
    lines.close();
  }
}
